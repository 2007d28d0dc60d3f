"""The `clock-reset` paper: the organizer's word that the box's time begins anew (FORMATS §2.5)."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.documents import HEX_ID, Fields, read_json
from appliance.core.envelope import Kind


@dataclass(frozen=True, slots=True)
class ClockReset:
    """`issued`: Unix seconds, what lo becomes."""

    box: str
    n: int
    issued: int


def parse(payload: bytes) -> ClockReset:
    """Checks every field; PaperError `doc-malformed` names the first that is wrong."""
    value = read_json(payload, "The clock-reset", Kind.CLOCK_RESET.max_payload)
    f = Fields(value, "clock-reset", "spec", "box", "n", "issued")
    f.spec()
    return ClockReset(f.text("box", HEX_ID), f.integer("n", 1), f.time("issued"))
