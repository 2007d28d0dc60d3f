"""Words: which can be drawn, and how they fill their area."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.draw import text as type_
from appliance.draw.area import Area
from appliance.draw.column import Words, column


@pytest.mark.parametrize("title", ["Harbour Lights", "Café — “Süß” №5", "Ελλάδα", "Ночь", "½ · 3 × €4"])
def test_a_title_that_the_typeface_has_is_kept(title: str) -> None:
    """Latin, Greek and Cyrillic titles are drawn as they are."""
    assert type_.readable(title, "slug") == title


@pytest.mark.parametrize("title", ["東京ナイト", "Lights 🌅", "ไทย", "שלום", "مرحبا", "नमस्ते", "a\u200db", "", " \n"])
def test_a_title_that_would_be_boxes_gives_way_to_its_slug(title: str) -> None:
    """No box, no broken shaping, no empty line is ever drawn for a title."""
    assert type_.readable(title, "slug") == "slug"


def test_line_breaks_become_spaces() -> None:
    """A title is one paragraph, composed."""
    assert type_.readable("Cafe\u0301\n Noir", "slug") == "Café Noir"


@given(st.text("abc ÄW-", max_size=80), st.integers(12, 40), st.integers(60, 400))
def test_no_line_is_wider_than_its_room(text: str, size: int, room: int) -> None:
    """Wrapping keeps every character that is not a space, in lines that fit."""
    lines = type_.wrap(text, size, room, bold=True)
    assert all(type_.width(line, size, bold=True) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


words = st.builds(
    Words,
    st.text("abcdefg HIJK -,1230", max_size=60),
    em=st.floats(0.5, 2.5),
    bold=st.booleans(),
    lines=st.integers(1, 4),
    gap=st.floats(0, 2),
    spare=st.integers(0, 3),
    eases=st.booleans(),
    narrows=st.booleans(),
)


@given(st.integers(100, 600), st.integers(30, 400), st.lists(words, max_size=6), st.sampled_from([0.0, 0.5, 1.0]))
def test_a_column_stays_in_its_area(across: int, down: int, paragraphs: list[Words], place: float) -> None:
    """Whatever is said, each line lies within the area, at 12 pixels or more, and below the line before it."""
    area = Area(7, 9, 7 + across, 9 + down)
    lines = column(area, paragraphs, largest=60, across=place, down=place)
    bottom = area.top
    for line in lines:
        assert line.size >= 12
        assert line.x >= area.left
        assert line.x + type_.width(line.text, line.size, bold=line.bold) <= area.right + 1
        assert line.y - round(line.size * type_.CAP_HEIGHT) >= bottom - 1
        bottom = line.y
    assert bottom + lines[-1].size * type_.DESCENT <= area.bottom + 2 if lines else True


def test_what_is_spare_goes_first() -> None:
    """Where room is short the most dispensable paragraph is left out and the others stay whole."""
    paragraphs = [Words("hint", spare=2), Words("4821", em=2.0), Words("note", spare=1)]
    shown = [line.text for line in column(Area(0, 0, 100, 46), paragraphs, largest=12)]
    assert shown == ["4821", "note"]


def test_a_title_without_end_is_cut_with_an_ellipsis() -> None:
    """What cannot fit even at the smallest size ends in an ellipsis instead of running out of the area."""
    (line,) = column(Area(0, 0, 100, 20), [Words("The Extraordinarily Long-winded Compendium")], largest=40)
    assert line.text.endswith("…")
    assert line.text.startswith("The Extra")
