"""The courier paper: the root's word that a stick may take the sales of its boxes along, unasked (FORMATS §2.5)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core import courier as paper
from appliance.core import envelope
from appliance.core.documents import write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Trust
from provisioning.papers import courier_fields


def courier(expires: int, now: int, document: Trust, keys: Sequence[PrivateKey]) -> bytes:
    """The envelope, for the event of `document`, which names the root and its threshold.

    `doc-threshold` where the keys do not suffice, `doc-expired` where `expires` lies behind `now`.
    """
    signed = envelope.sign(Kind.COURIER, write_json(courier_fields(document.event, expires)), keys)
    paper.check(envelope.read(signed, Kind.COURIER), document, now)
    return signed
