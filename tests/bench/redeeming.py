"""Durable redemptions per second, 1 and 64 clients, against the sum of their parts; box and parts have one core each.

A redemption's parts are one verify, one sign and one one-row commit, which syncs. The box lets redemptions that come
together share a commit: the same parts with 64 rows to a commit stand beside it, and nothing is aimed at there.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from tests.bench.readers import TOGETHER, Round
from tests.bench.stalls import copy_of, daemon, make_stall, on_core, output_of, python
from tests.bench.table import Row, at_least, plain
from tests.bench.tokens import Kind, write_tokens

EDITION = 8000
_EACH = {1: 200, 64: 20}  # tokens per client and round
_CORE, _OTHER_CORE = 0, (os.cpu_count() or 1) - 1


@dataclass(frozen=True, slots=True)
class Case:
    """So many clients hand in the tokens of a file. `over_http`: to the daemon, from the other core.

    `refused`: why each of them is to be refused.
    """

    tokens: Path
    clients: int
    over_http: bool = False
    refused: str | None = None

    @property
    def title(self) -> str:
        clients = f"{self.clients} client{'s' if self.clients > 1 else ''}"
        return f"{clients} {'over HTTP' if self.over_http else 'in process'}"


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    data = asyncio.run(make_stall(folder, {"note.txt": b"a note\n"}, EDITION))
    tokens = asyncio.run(write_tokens(data, folder, EDITION))[Kind.GOOD]
    alone, many = (hand_in(data, Case(tokens, clients)) for clients in (1, TOGETHER))
    yield plain("verify + sign + one-row FULL commit: the parts, one by one", many.parts, "/s")
    yield plain(f"the same, {TOGETHER} rows to a commit", many.grouped, "/s")
    yield _beside("redemptions/s, 1 client in process", alone)
    yield _beside(f"redemptions/s, {TOGETHER} clients in process", many)
    yield at_least(f"{TOGETHER} clients in process, against the parts one by one", many.tokens / many.parts, 0.5, "×")
    yield plain(f"the same, against {TOGETHER} rows to a commit", many.tokens / many.grouped, "×")
    for clients in (1, TOGETHER):
        case = Case(tokens, clients, over_http=True)
        yield _beside(f"redemptions/s, {case.title}", hand_in(data, case))


def _beside(title: str, found: Round) -> Row:
    return plain(title, found.tokens, "/s", f"{found.tokens / found.parts:.2f} × the parts one by one")


def hand_in(data: Path, case: Case) -> Round:
    """Medians of all rounds, on a fresh copy of the stall."""
    with tempfile.TemporaryDirectory(dir=data.parent) as name:
        lines = _printed(copy_of(data, Path(name) / "data"), case).splitlines()
    rounds = [Round(**json.loads(line)) for line in lines]
    return Round(*(statistics.median(getattr(each, field.name) for each in rounds) for field in fields(Round)))


def _printed(data: Path, case: Case) -> bytes:
    def command(where: str) -> list[str]:
        bad = ["--refused", case.refused] if case.refused else []
        each = _EACH[case.clients]
        return python("-m", "tests.bench.readers", where, str(case.tokens), str(case.clients), str(each), *bad)

    if not case.over_http:
        return output_of(on_core(_CORE, command(str(data))))
    with daemon(data, lambda run: on_core(_CORE, run)) as box:
        return output_of(on_core(_OTHER_CORE, command(str(box.port))))
