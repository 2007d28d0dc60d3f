"""Batches that came on a stick or in a folder: taken like those over the network, and their answers laid beside them.

A stick has them under `STALLBOX/OUT` and takes answers in `STALLBOX/ACK` (FORMATS §7); what `stallbox export` wrote is
a folder of batches and takes them right there. One bad file stops no other.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.core import batch, stick
from appliance.core.batch import MAX_BATCH
from appliance.errors import StallboxError, StoreError
from appliance.files import read_limited, write_durably

_BATCH = re.compile(r"STALLBOX-[0-9A-F]{16}-[0-9A-F]{8}-[0-9]{10}-[0-9]{10}\.NDJSON", re.IGNORECASE | re.ASCII)

Take = Callable[[bytes, str], Awaitable[dict[str, object]]]
"""A batch and its idempotency key in, the answer of FORMATS §6 out; StallboxError where it is refused."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One file: the answer, or why it was refused."""

    path: Path
    answer: dict[str, object] | None
    refusal: StallboxError | None = None


async def take(place: Path, taker: Take) -> AsyncIterator[Carried]:
    """Every batch of a stick, a folder or one file, in order; at the end an answer for each ledger is written.

    StoreError where there is none, or where the answers cannot be written.
    """
    paths, answers = await asyncio.to_thread(_layout, place)
    newest: dict[tuple[str, int], tuple[int, dict[str, object]]] = {}
    for path in paths:
        try:
            data = await asyncio.to_thread(read_limited, path, MAX_BATCH, f"The batch {path.name}")
            span = batch.span_of(data)
            answer = await taker(data, span.key(data))
        except StallboxError as refusal:
            yield Carried(path, None, refusal)
            continue
        log = (span.box, span.incarnation)
        newest[log] = (max(span.last, newest[log][0] if log in newest else 0), answer)
        yield Carried(path, answer)
    for (box, incarnation), (last, answer) in newest.items():
        await asyncio.to_thread(
            _write, answers, f"STALLBOX-{box.upper()}-{incarnation:08X}-{last:010}.ACK.JSON", answer
        )


def _layout(place: Path) -> tuple[Sequence[Path], Path]:
    """The batches there, and where their answers go."""
    if place.is_file():
        return [place], place.parent
    home = _own(place, stick.HOME)
    folder = _own(home or place, stick.OUT) if home or place.name.upper() == stick.HOME else place
    paths = sorted(path for path in folder.iterdir() if _BATCH.fullmatch(path.name)) if folder else []
    if folder is None or not paths:
        raise StoreError("store", f"There are no sales in {place}: press the box's button “stick”, then try again.")
    return paths, (folder.parent / stick.ACK if folder.name.upper() == stick.OUT else folder)


def _own(folder: Path, name: str) -> Path | None:
    found = stick.own_name((path.name for path in folder.iterdir()), name) if folder.is_dir() else None
    return folder / found if found is not None else None


def _write(folder: Path, name: str, answer: dict[str, object]) -> None:
    try:
        folder.mkdir(exist_ok=True)
        write_durably(folder / name, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    except OSError as error:
        raise StoreError(
            "store", f"The answer for the box cannot be written to {folder} ({error.strerror}). The sales are taken."
        ) from error
