"""Readers of what strangers bring raise the project's own errors and no other: by coverage, and by structure."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.core import token
from appliance.core.documents import write_json
from appliance.errors import SaleError
from tests.attacks import forms
from tests.depth import depth
from tests.organizer import Organizer, base32

TARGET = Path(__file__).parent / "fuzz_parsers.py"
SECONDS = depth(5, 60)
EXAMPLES = depth(200, 2000)


@pytest.mark.fuzz
def test_no_input_breaks_a_reader(tmp_path: Path) -> None:
    """atheris, led by coverage and begun with good papers and tokens, finds no fault of ours in its time."""
    pytest.importorskip("atheris", reason="atheris is not installed: it has wheels for x86-64 only")
    inputs, found = tmp_path / "inputs", tmp_path / "found"
    for folder in (inputs, found):
        folder.mkdir()
    for i, data in enumerate(_good(tmp_path)):
        (inputs / f"good-{i}").write_bytes(data)
    limits = (f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=1024", "-max_len=8192", "-seed=20261129")
    done = subprocess.run(
        [sys.executable, TARGET, *limits, f"-artifact_prefix={found}/", inputs],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 120,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert not list(found.iterdir())
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None
    assert int(runs[1]) > 1000


def _good(folder: Path) -> list[bytes]:
    """One good input for each reader of fuzz_parsers.py, in its order."""
    organizer = Organizer(folder)
    drop = organizer.drop(size=100)
    header, claims = forms.encode(forms.HEADER), forms.PAYLOAD
    good = (
        forms.GOOD.encode(),
        forms.DATA,
        bytes([len(header)]) + header + claims,
        organizer.trust(),
        drop.manifest(),
        organizer.trust_payload(),
        drop.manifest_payload(),
        write_json(drop.allotment_fields()),
        drop.certificate(7),
        b"{}",
        organizer.trust(),
        write_json(
            {
                "spec": 1,
                "box": organizer.box.public.id,
                "incarnation": 7,
                "checkpoint": None,
                "missing": [[1, 2]],
                "verdicts": [{"seq": 0, "verdict": "accepted", "reason": None, "case": None}],
                "papers": [],
            }
        ),
        write_json({"spec": 1, "event": "nmb-2026-12", "expires": "2026-12-06T20:00:00Z"}),
    )
    return [bytes([reader]) + data for reader, data in enumerate(good)]


PLAIN = st.one_of(
    st.integers(-(2**70), 2**70),
    st.binary(max_size=40),
    st.text(max_size=20),
    st.booleans(),
    st.none(),
    st.floats(),
    st.just(cbor2.undefined),
    st.builds(cbor2.CBORSimpleValue, st.integers(0, 19)),
)
KEYS = st.one_of(st.sampled_from([1, 3, 4, 6, 7, -65537]), st.integers(), st.text(max_size=5), st.binary(max_size=5))
TAGS = st.sampled_from([0, 1, 2, 3, 4, 5, 18, 24, 25, 28, 29, 30, 35, 36, 37, 52, 54, 61, 100, 256, 258, 260, 55799])
CBOR = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(KEYS, inner, max_size=6),
        st.builds(cbor2.CBORTag, TAGS, inner),
    ),
    max_leaves=12,
)
ENCODED = CBOR.map(cbor2.dumps)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@given(ENCODED | st.binary(max_size=300))
@settings(max_examples=EXAMPLES)
def test_random_cbor_is_no_token(data: bytes) -> None:
    """Any CBOR at all in a token's place is refused as malformed."""
    _refused(base32(data))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@given(
    st.just(forms.encode(forms.HEADER)) | ENCODED,
    st.just(forms.PAYLOAD) | ENCODED | st.dictionaries(KEYS, CBOR, max_size=6).map(cbor2.dumps),
)
@example(forms.encode(forms.HEADER), cbor2.dumps(cbor2.CBORTag(36, "a: b\n\n")))
@settings(max_examples=EXAMPLES)
def test_random_header_and_claims(header: bytes, claims: bytes) -> None:
    """Header or claims of any other form, in an outer item that is good, are refused as malformed."""
    text = base32(cbor2.dumps(cbor2.CBORTag(18, [header, {}, claims, bytes(64)])))
    if (header, claims) != (forms.encode(forms.HEADER), forms.PAYLOAD):
        _refused(text)


@given(st.dictionaries(st.sampled_from([3, 4, 6, 7, -65537]), CBOR, min_size=1, max_size=2))
@settings(max_examples=EXAMPLES)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_one_random_claim(changed: dict[int, object]) -> None:
    """One or two claims of any type in place of the good ones: malformed, or a token that is written just so."""
    text = forms.signed(claims=cbor2.dumps({**forms.CLAIMS, **changed}, canonical=True))
    try:
        read = token.read(text)
    except SaleError as refusal:
        if refusal.code != "malformed":
            raise
    else:
        assert base32(read.data) == text


def _refused(text: str) -> None:
    with pytest.raises(SaleError) as refusal:
        token.read(text)
    assert refusal.value.code == "malformed"
