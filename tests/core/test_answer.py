"""The collector's answer as text: every field of FORMATS §6 comes back, and nothing else is read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.answer import MAX_ANSWER, VERDICTS, read
from appliance.core.documents import write_json
from appliance.errors import PaperError

GOOD = {
    "spec": 1,
    "box": "0123456789abcdef",
    "incarnation": 7,
    "checkpoint": "a note",
    "missing": [[4, 9], [12, 12]],
    "verdicts": [{"seq": 3, "verdict": "conflict", "reason": "spent", "case": "c-1"}],
    "papers": [{"payloadType": "x", "payload": "", "signatures": [{"keyid": "k", "sig": ""}]}],
}
SEQS = st.integers(0, 2**53 - 1)
TEXTS = st.none() | st.text("abc ", max_size=9)


def code(data: bytes) -> str:
    with pytest.raises(PaperError) as refusal:
        read(data)
    return refusal.value.code


def test_good() -> None:
    """What is written is what is read; a paper in it is an envelope again."""
    found = read(write_json(GOOD))
    assert (found.box, found.incarnation, found.checkpoint) == ("0123456789abcdef", 7, "a note")
    assert found.missing == ((4, 9), (12, 12))
    assert [(verdict.seq, verdict.verdict, verdict.reason, verdict.case) for verdict in found.verdicts] == [
        (3, "conflict", "spent", "c-1")
    ]
    assert [json.loads(paper) for paper in found.papers] == GOOD["papers"]


@given(
    st.lists(st.tuples(SEQS, SEQS).map(sorted), max_size=5),
    st.lists(st.tuples(SEQS, st.sampled_from(sorted(VERDICTS)), TEXTS, TEXTS), max_size=5),
)
def test_round_trip(missing: list[list[int]], verdicts: list[tuple[int, str, str | None, str | None]]) -> None:
    """Any ranges and verdicts come back as they were."""
    rows = [dict(zip(("seq", "verdict", "reason", "case"), row, strict=True)) for row in verdicts]
    found = read(write_json({**GOOD, "missing": missing, "verdicts": rows}))
    assert [list(each) for each in found.missing] == missing
    assert [(each.seq, each.verdict, each.reason, each.case) for each in found.verdicts] == verdicts


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_field_is_needed(name: str) -> None:
    """Without any one of its fields an answer is none."""
    assert code(write_json({key: value for key, value in GOOD.items() if key != name})) == "doc-malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("missing", [[9, 4]]),
        ("missing", [[-1, 4]]),
        ("missing", [[1, 2, 3]]),
        ("missing", [[True, 4]]),
        ("verdicts", [{"seq": 3, "verdict": "fine", "reason": None, "case": None}]),
        ("verdicts", [{"seq": -3, "verdict": "accepted", "reason": None, "case": None}]),
        ("papers", ["paper"]),
        ("box", "0123456789ABCDEF"),
        ("incarnation", 2**32),
        ("spec", 2),
    ],
)
def test_other_values(name: str, value: object) -> None:
    """A value of another form is refused."""
    assert code(write_json({**GOOD, name: value})) == "doc-malformed"


def test_size() -> None:
    """What is too large is not even parsed."""
    assert code(b"[" * (MAX_ANSWER + 1)) == "doc-too-large"
