"""The courier paper's form, and for whom it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import trust
from appliance.core.courier import Courier, check, parse
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, read, sign
from appliance.core.keys import PrivateKey
from appliance.errors import PaperError
from tests.organizer import DAY, NOW, Organizer, key

GOOD = {"spec": 1, "event": "nmb-2026-12", "expires": format_time(NOW + DAY)}


def test_form() -> None:
    """Exactly FORMATS §2.5's three fields are read."""
    assert parse(write_json(GOOD)) == Courier("nmb-2026-12", NOW + DAY)
    for bad in ({"spec": 2}, {"event": "0123456789abcdef"}, {"expires": "tomorrow"}, {"box": "x"}):
        with pytest.raises(PaperError) as refusal:
            parse(write_json({**GOOD, **bad}))
        assert refusal.value.code == "doc-malformed"


@pytest.mark.parametrize(
    ("signers", "event", "lo", "code"),
    [
        (["root"], "nmb-2026-12", NOW, None),
        (["root"], "nmb-2026-12", NOW + DAY - 1, None),
        (["root"], "nmb-2026-12", NOW + DAY, "doc-expired"),
        (["root"], "nmb-2027-12", NOW, "doc-role"),
        (["creator"], "nmb-2026-12", NOW, "doc-threshold"),
    ],
)
def test_check(tmp_path: Path, signers: list[str], event: str, lo: int, code: str | None) -> None:
    """It holds for its event, by the root, until the second in which it expires."""
    document = trust.parse(Organizer(tmp_path).trust_payload())
    keys: list[PrivateKey] = [key(name) for name in signers]
    envelope = read(sign(Kind.COURIER, write_json({**GOOD, "event": event}), keys), Kind.COURIER)
    if code is None:
        check(envelope, document, lo)
        return
    with pytest.raises(PaperError) as refusal:
        check(envelope, document, lo)
    assert refusal.value.code == code
