"""The `courier` paper: a stick to which exports are written unasked (FORMATS §2.5)."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.documents import Fields, read_json
from appliance.core.envelope import Envelope, Kind
from appliance.core.trust import EVENT, Trust
from appliance.errors import PaperError


@dataclass(frozen=True, slots=True)
class Courier:
    """`expires`: Unix seconds."""

    event: str
    expires: int


def parse(payload: bytes) -> Courier:
    """Checks every field; PaperError `doc-malformed` names the first that is wrong."""
    value = read_json(payload, "The courier paper", Kind.COURIER.max_payload)
    f = Fields(value, "courier", "spec", "event", "expires")
    f.spec()
    return Courier(f.text("event", EVENT), f.time("expires"))


def check(envelope: Envelope, trust: Trust, lo: int) -> None:
    """PaperError unless the stick with this paper may carry this event's sales: `doc-threshold doc-role doc-expired`.

    `lo`: the time that has certainly passed.
    """
    if not trust.is_met_by(envelope):
        raise PaperError("doc-threshold", "The courier paper is not signed by enough of the organizer's root keys.")
    courier = parse(envelope.payload)
    if courier.event != trust.event:
        raise PaperError("doc-role", f"The courier paper is for another event, {courier.event}.")
    if lo >= courier.expires:
        raise PaperError("doc-expired", "The courier paper has expired. Ask the organizer for a new one.")
