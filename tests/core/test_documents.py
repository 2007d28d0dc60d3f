"""Strict JSON: what is read, what is refused and why, and that writing and reading agree."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import documents
from appliance.core.documents import Fields, format_time, parse_time, ranges, read_json, write_json
from appliance.errors import PaperError

_texts = st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: unicodedata.normalize("NFC", t))
_leaves = st.none() | st.booleans() | st.integers(-documents.MAX_INTEGER, documents.MAX_INTEGER) | _texts
_values = st.recursive(
    _leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(_texts, v, max_size=3), max_leaves=8
)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(st.dictionaries(_texts, _values, max_size=4).filter(lambda v: _depth(v) <= documents.MAX_DEPTH))
def test_what_is_written_reads_back(value: dict[str, object]) -> None:
    """JCS bytes of any document read back as the same document, and are written again as the same bytes."""
    data = write_json(value)
    assert read_json(data, "It", 1 << 20) == value
    assert write_json(read_json(data, "It", 1 << 20)) == data


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"x":[{"a":1,"a":1}]}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "Infinity"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":1.0}', "1.0"),
        (b'{"a":1e3}', "1e3"),
        (b'{"a":9007199254740992}', "9007199254740992"),
        (b'{"a":-9007199254740992}', "-9007199254740992"),
        (b'{"a":' + b"9" * 5000 + b"}", "2^53"),
        ('{"a":"e\u0301"}'.encode(), "NFC"),
        ('{"e\u0301":1}'.encode(), "NFC"),
        (b'{"a":"\\ud800"}', "NFC"),
        (b'{"a":"\xff"}', "not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":1', "not JSON"),
        (b'{"a":1} {}', "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", "nested"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b"", "not JSON"),
    ],
)
def test_what_is_not_strict_json_is_refused(data: bytes, named: str) -> None:
    """Each breach of the reading rules is `doc-malformed`, and the sentence names document and breach."""
    with pytest.raises(PaperError) as refused:
        read_json(data, "The paper", 1 << 20)
    assert refused.value.code == "doc-malformed"
    assert named in refused.value.detail
    assert "The paper" in refused.value.detail


def test_the_largest_integers_are_read() -> None:
    """±(2^53−1) themselves are allowed."""
    assert read_json(b'{"a":[9007199254740991,-9007199254740991]}', "It", 100) == {"a": [2**53 - 1, 1 - 2**53]}


def test_size_is_judged_before_content() -> None:
    """One byte too many is `doc-too-large`, even where the bytes are no JSON; the limit itself is read."""
    with pytest.raises(PaperError) as refused:
        read_json(b"\xff" * 11, "The paper", 10)
    assert refused.value.code == "doc-too-large"
    assert "11 bytes" in refused.value.detail
    assert read_json(b'{"a":1234}', "The paper", 10) == {"a": 1234}


@given(st.integers(0, 253402300799))
def test_times_round_trip(unix: int) -> None:
    """Every second until the year 9999 is written in one way and read back."""
    assert parse_time(format_time(unix), "it") == unix


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T08:00:00+00:00",
        "2026-11-23T08:00:00.0Z",
        "2026-11-23 08:00:00Z",
        "2026-11-23T08:00:00z",
        "2026-11-23T24:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-11-23T08:00:60Z",
        "٢026-11-23T08:00:00Z",
        "2026-11-23T08:00:00Z\n",
        "",
    ],
)
def test_other_spellings_of_a_time_are_refused(text: str) -> None:
    """Only RFC 3339 in UTC with whole seconds and Z is a time; the sentence names the field."""
    with pytest.raises(PaperError) as refused:
        parse_time(text, "trust.issued")
    assert refused.value.code == "doc-malformed"
    assert "trust.issued" in refused.value.detail


def test_fields_must_be_exactly_those() -> None:
    """A field too many or too few is refused by name."""
    with pytest.raises(PaperError, match="lacks b"):
        Fields({"a": 1}, "it", "a", "b")
    with pytest.raises(PaperError, match="does not know: z"):
        Fields({"a": 1, "z": 1}, "it", "a")
    with pytest.raises(PaperError, match="it is not an object"):
        Fields([], "it")


@pytest.mark.parametrize("value", [True, "1", None, 1 << 60, -1, [1]])
def test_an_integer_is_an_integer_in_its_range(value: documents.Json) -> None:
    """A boolean is no integer, and a value out of range is refused by the field's path."""
    with pytest.raises(PaperError, match=r"it\.n"):
        Fields({"n": value}, "it", "n").integer("n", 0, 10)


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "a\x00", "\x7f", 7])
def test_words_that_nobody_can_read_are_refused(value: documents.Json) -> None:
    """Names and titles are neither empty nor do they carry control characters."""
    with pytest.raises(PaperError, match=r"it\.title"):
        Fields({"title": value}, "it", "title").words("title")


@pytest.mark.parametrize("value", ["http://a.example", "https://", "https:// a", "javascript:x", "//a.example"])
def test_only_https_addresses_are_read(value: str) -> None:
    """A link of another scheme, or of none, is refused."""
    with pytest.raises(PaperError, match="https"):
        Fields({"url": value}, "it", "url").https("url")


@pytest.mark.parametrize("value", [[[0, 1]], [[2, 1]], [[1, 11]], [[1]], [[1, 2, 3]], [1], {}, [[True, 2]], [["1", 2]]])
def test_ranges_lie_inside_the_edition(value: documents.Json) -> None:
    """A range is two integers, ascending, from 1 to the edition's size."""
    with pytest.raises(PaperError, match=r"it\.ranges"):
        ranges("it.ranges", value, 10)
    assert ranges("it.ranges", [[1, 10], [3, 3]], 10) == ((1, 10), (3, 3))


def test_a_later_spec_is_refused() -> None:
    """A document of formats version 2 is not guessed at."""
    with pytest.raises(PaperError, match="update"):
        Fields({"spec": 2}, "it", "spec").spec()
