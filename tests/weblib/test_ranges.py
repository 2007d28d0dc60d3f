"""The verdict on a request for bytes is the one of RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.weblib.ranges import Asked, Verdict, judge

WHOLE = Verdict(200, 0, 100)


def get(**fields: str) -> Verdict:
    """What a GET with these fields gets from 100 bytes tagged `now`."""
    return judge(Asked("GET", **fields), "now", 100)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 100),
        ("bytes=99-", 99, 100),
        ("bytes=10-19", 10, 20),
        ("bytes=90-1000", 90, 100),
        ("bytes=0-99999999999999999999999999", 0, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-100", 0, 100),
        ("bytes=-101", 0, 100),
        ("bytes=-" + "9" * 5000, 0, 100),
        ("Bytes=5-6", 5, 7),
        ("bytes= 5-6 ,", 5, 7),
        ("bytes=0000000000000000000000000000005-6", 5, 7),
    ],
)
def test_one_range_gets_exactly_its_bytes(asked: str, start: int, stop: int) -> None:
    """One well-formed range that touches the body is 206 with those bytes, cut at the end."""
    assert get(range=asked) == Verdict(206, start, stop)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=" + "9" * 5000 + "-"])
def test_a_range_outside_gets_416(asked: str) -> None:
    """A well-formed range that touches nothing cannot be satisfied."""
    assert get(range=asked) == Verdict(416)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-0,5-6",
        "bytes=0-0, -1",
        "bytes=200-300,0-1",
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=1-2-3",
        "bytes=+1-2",
        "bytes=1 -2",
        "lines=0-1",
        "bytes:0-1",
        "bytes=0x1-2",
        "bytes=1_0-2_0",
        "bytes=١-٢",
    ],
)
def test_several_ranges_and_nonsense_get_everything(asked: str) -> None:
    """More than one range, another unit and bad syntax are answered as if no range had been asked."""
    assert get(range=asked) == WHOLE


@pytest.mark.parametrize(("tag", "status"), [('"now"', 206), (' "now" ', 206), ('"then"', 200), ('W/"now"', 200)])
def test_a_range_is_for_the_same_body_only(tag: str, status: int) -> None:
    """If-Range with another tag or a weak one gets the whole body, never a splice of two."""
    assert get(range="bytes=1-2", if_range=tag).status == status


@pytest.mark.parametrize("tag", ["now", '"now', "Mon, 23 Nov 2026 08:00:00 GMT", "*", '"now", "then"'])
def test_if_range_with_a_date_or_nonsense_gets_everything(tag: str) -> None:
    """The box has no dates to compare: it answers with the whole."""
    assert get(range="bytes=1-2", if_range=tag) == WHOLE


def test_if_range_hides_an_unsatisfiable_range_of_another_body() -> None:
    """A range beyond the end of a new, shorter body gets that body, not 416."""
    assert get(range="bytes=500-", if_range='"then"') == WHOLE


@pytest.mark.parametrize("field", ['"now"', 'W/"now"', "*", '"then", "now"', '"a,b" ,W/"now"'])
def test_who_has_it_already_gets_304(field: str) -> None:
    """If-None-Match compares weakly and goes before Range."""
    assert get(if_none_match=field, range="bytes=0-1") == Verdict(304)
    assert judge(Asked("HEAD", if_none_match=field), "now", 100) == Verdict(304)


@pytest.mark.parametrize("field", ['"then"', "now", '"no', '"then, now"', '""'])
def test_who_has_another_one_gets_this_one(field: str) -> None:
    """Other tags, and text that is not a tag, do not count as having it."""
    assert get(if_none_match=field) == WHOLE


@pytest.mark.parametrize(("field", "status"), [('"now"', 200), ("*", 200), ('"then"', 412), ('W/"now"', 412)])
def test_if_match_refuses_to_go_on_with_another_body(field: str, status: int) -> None:
    """If-Match compares strongly; Android's download manager resumes with it."""
    assert get(if_match=field).status == status


def test_head_has_no_ranges() -> None:
    """Range is defined for GET alone."""
    assert judge(Asked("HEAD", range="bytes=0-1"), "now", 100) == WHOLE


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [("bytes=0-", Verdict(416)), ("bytes=-5", Verdict(200)), ("bytes=-0", Verdict(416))],
)
def test_an_empty_body_has_no_bytes_to_name(asked: str, verdict: Verdict) -> None:
    """Of nothing, a first byte does not exist, and the last bytes are the whole of it."""
    assert judge(Asked("GET", range=asked), "now", 0) == verdict


@given(st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True), st.integers(0, 300))
def test_a_verdict_never_leaves_the_body(asked: str, length: int) -> None:
    """Whatever is asked, the bytes named are in the body, and a partial answer is not empty."""
    verdict = judge(Asked("GET", range=asked), "now", length)
    assert 0 <= verdict.start <= verdict.stop <= length
    assert verdict.status in {200, 206, 416}
    assert (verdict.status == 206) <= (verdict.stop > verdict.start)
