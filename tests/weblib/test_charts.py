"""Charts are well-formed pictures of their numbers that also say them, whatever things are called."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from appliance.weblib.charts import Bar, columns, lying

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=300)
BARS = st.builds(Bar, name=NAMES, value=st.integers(0, 2**53), shown=NAMES, tick=NAMES)


@given(NAMES, st.lists(BARS, min_size=1, max_size=70))
def test_columns_stand_for_their_values(title: str, bars: list[Bar]) -> None:
    """One column for each, none higher than that of the most, none outside; no name is taken for markup."""
    picture = ET.fromstring(columns(title, bars))
    drawn = picture.findall(f"{SVG}rect")
    heights = [int(each.attrib["height"]) for each in drawn]
    assert [each.findtext(f"{SVG}title") for each in drawn] == [f"{bar.name}: {bar.shown}" for bar in bars]
    assert picture.findtext(f"{SVG}title") == title
    for bar, height in zip(bars, heights, strict=True):
        assert (height > 0) == (bar.value > 0)
        assert height <= heights[max(range(len(bars)), key=lambda at: bars[at].value)]
    for each in drawn:
        left, width = float(each.attrib["x"].rstrip("%")), float(each.attrib["width"].rstrip("%"))
        assert 0 <= left <= left + width <= 100.1


def test_few_ticks_are_named() -> None:
    """As many as have room on a phone."""
    for count in range(1, 70):
        picture = ET.fromstring(columns("Sales", [Bar(str(at), 1, "1", f"tick {at}") for at in range(count)]))
        ticks = [each.text for each in picture.findall(f"{SVG}text") if str(each.text).startswith("tick")]
        assert 1 <= len(ticks) <= 6
        assert ticks[0] == "tick 0"


def test_nothing_is_no_picture() -> None:
    assert columns("Sales", []) == ""


@given(st.floats(allow_nan=False))
def test_a_lying_bar_stays_in_its_place(share: float) -> None:
    """From nothing to all of it."""
    whole, part = ET.fromstring(lying(share)).findall(f"{SVG}rect")
    assert whole.attrib["width"] == "100%"
    assert 0 <= float(part.attrib["width"].rstrip("%")) <= 100
