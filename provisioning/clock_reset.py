"""The clock-reset paper: the root's word on the time, for a box that believes in a wrong one (FORMATS §2.5)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core import clock_reset as paper
from appliance.core import envelope
from appliance.core.documents import write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Trust
from appliance.errors import PaperError
from provisioning.papers import clock_reset_fields


def clock_reset(box_id: str, n: int, issued: int, document: Trust, keys: Sequence[PrivateKey]) -> bytes:
    """The envelope; `document` names the root and its threshold, `issued` is what the box's clock begins from.

    `doc-role` for a box that the document does not list, `doc-threshold` where the keys do not suffice,
    `doc-malformed` where `n` is below 1.
    """
    if document.box(box_id) is None:
        raise PaperError("doc-role", f"Trust document {document.version} lists no box {box_id}.")
    signed = envelope.sign(Kind.CLOCK_RESET, write_json(clock_reset_fields(box_id, n, issued)), keys)
    read = envelope.read(signed, Kind.CLOCK_RESET)
    paper.parse(read.payload)
    if not document.is_met_by(read):
        raise PaperError("doc-threshold", f"{document.threshold} root keys must sign a clock reset.")
    return signed
