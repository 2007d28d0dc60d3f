"""The collector's answer to a batch: which entries it has, under a checkpoint that it cosigned (FORMATS §6).

Over the network and on a stick it is the same. Reading one verifies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.documents import HEX_ID, Fields, Json, malformed, read_json, write_json
from appliance.core.entries import MAX_INCARNATION

MAX_ANSWER = 4 * 1024 * 1024
VERDICTS = frozenset({"accepted", "duplicate", "conflict", "rejected"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one entry."""

    seq: int
    verdict: str
    reason: str | None
    case: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`checkpoint`: the signed note with the cosignature; `missing`: inclusive ranges; `papers`: envelopes."""

    box: str
    incarnation: int
    checkpoint: str | None
    missing: tuple[tuple[int, int], ...]
    verdicts: tuple[Verdict, ...]
    papers: tuple[bytes, ...]


def read(data: bytes) -> Answer:
    """`doc-too-large`, or `doc-malformed` with the first field that is wrong."""
    names = ("spec", "box", "incarnation", "checkpoint", "missing", "verdicts", "papers")
    f = Fields(read_json(data, "The collector's answer", MAX_ANSWER), "answer", *names)
    f.spec()
    return Answer(
        box=f.text("box", HEX_ID),
        incarnation=f.integer("incarnation", 0, MAX_INCARNATION),
        checkpoint=f.optional("checkpoint", f.text),
        missing=tuple(_range(where, item) for where, item in f.items("missing")),
        verdicts=tuple(_verdict(where, item) for where, item in f.items("verdicts")),
        papers=tuple(_paper(where, item) for where, item in f.items("papers")),
    )


def _range(where: str, item: Json) -> tuple[int, int]:
    if not isinstance(item, list) or len(item) != 2:
        raise malformed(f"{where}: a range is two numbers")
    first, last = item
    if not _is_seq(first) or not _is_seq(last) or not first <= last:  # type: ignore[operator]  # both are integers
        raise malformed(f"{where} is not a range of entries")
    return first, last  # type: ignore[return-value]  # checked one line above


def _is_seq(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _verdict(where: str, item: Json) -> Verdict:
    f = Fields(item, where, "seq", "verdict", "reason", "case")
    return Verdict(
        f.integer("seq"), f.choice("verdict", VERDICTS), f.optional("reason", f.text), f.optional("case", f.text)
    )


def _paper(where: str, item: Json) -> bytes:
    """An envelope as bytes again: what is signed in it is text, which no writing changes."""
    if not isinstance(item, dict):
        raise malformed(f"{where} is not an envelope")
    return write_json(item)
