"""Durable sales per second: 1, 8 and 64 sellers, inside the process and over HTTP, on this disk and on a slow one."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench import syncs
from tests.bench.probes import ROUNDS, sync_ms
from tests.bench.stalls import Wrap, copy_of, daemon, make_stall, output_of, python
from tests.bench.table import Row, at_least, not_measured, plain

EDITION = 10_000
SLOW_US = 20_000
_EACH = {1: 200, 8: 60, 64: 20}  # sales per seller and round
_EACH_SLOW = {1: 8, 8: 8, 64: 8}


@dataclass(frozen=True, slots=True)
class Case:
    """So many sellers. `over_http`: against the daemon; `max_group`: how many sales share a commit, 0 for many."""

    sellers: int
    over_http: bool
    max_group: int = 0

    @property
    def title(self) -> str:
        sellers = f"{self.sellers} seller{'s' if self.sellers > 1 else ''}"
        return f"{sellers} {'over HTTP' if self.over_http else 'in process'}" + (", group of 1" * bool(self.max_group))


@dataclass(frozen=True, slots=True)
class Result:
    per_s: float
    syncs_per_sale: float | None


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    data = asyncio.run(make_stall(folder, {"note.txt": b"a note\n"}, EDITION))
    yield plain("one fdatasync of 4 KiB on this disk", sync_ms(folder), " ms")
    cases = [Case(sellers, over_http) for over_http in (False, True) for sellers in (1, 8, 64)]
    traceable = syncs.is_available()
    for case in cases:
        rate = measure(data, case, _EACH[case.sellers], ROUNDS, delay_us=None).per_s
        counted = measure(data, case, _EACH[case.sellers], 1, delay_us=0).syncs_per_sale if traceable else None
        yield plain(f"sales/s, {case.title}", rate, "/s", _said(counted))
    if not traceable:
        yield not_measured("sales/s with a 20 ms fsync, fsyncs per sale", syncs.MISSING)
        return
    yield from _slow_rows(data, cases)


def _slow_rows(data: Path, cases: list[Case]) -> Iterator[Row]:
    alone = Case(64, over_http=False, max_group=1)
    one_by_one = measure(data, alone, 1, ROUNDS, SLOW_US)
    yield plain(f"20 ms fsync: sales/s, {alone.title}", one_by_one.per_s, "/s", _said(one_by_one.syncs_per_sale))
    for case in cases:
        result = measure(data, case, _EACH_SLOW[case.sellers], ROUNDS, SLOW_US)
        yield plain(f"20 ms fsync: sales/s, {case.title}", result.per_s, "/s", _said(result.syncs_per_sale))
        if case == replace(alone, max_group=0):
            yield at_least(f"20 ms fsync: {case.title}, against groups of 1", result.per_s / one_by_one.per_s, 20, "×")


def _said(syncs_per_sale: float | None) -> str:
    return "" if syncs_per_sale is None else f"{syncs_per_sale:.3f} fsyncs per sale"


def measure(
    data: Path,
    case: Case,
    each: int,
    rounds: int,
    delay_us: int | None,
    prepare: Callable[[Path], None] = lambda _: None,
) -> Result:
    """Sells from a copy of `data`, `each` per seller and round. `prepare` is given the copy first.

    `delay_us`: how much longer each sync takes; None: nobody watches the syncs, so they are not counted.
    """
    with tempfile.TemporaryDirectory(dir=data.parent) as name:
        fresh, trace = copy_of(data, Path(name) / "data"), Path(name) / "trace"
        prepare(fresh)

        def wrap(command: list[str]) -> list[str]:
            return command if delay_us is None else syncs.watched(command, trace, delay_us)

        timed = [json.loads(line) for line in _sell(case, fresh, each, rounds, wrap).splitlines()]
        per_s = statistics.median(sales / (end - begin) for begin, end, sales in timed)
        if delay_us is None:
            return Result(per_s, None)
        synced = sum(syncs.count(trace, begin, end) for begin, end, _ in timed)
        return Result(per_s, synced / sum(sales for _, _, sales in timed))


def _sell(case: Case, data: Path, each: int, rounds: int, wrap: Wrap) -> bytes:
    """What the sellers print; `wrap` goes around the process that syncs."""

    def command(where: str) -> list[str]:
        group = ["--max-group", str(case.max_group)] if case.max_group else []
        return python("-m", "tests.bench.sellers", where, str(case.sellers), str(each), "--rounds", str(rounds), *group)

    if not case.over_http:
        return output_of(wrap(command(str(data))))
    with daemon(data, wrap) as box:
        return output_of(command(str(box.port)))
