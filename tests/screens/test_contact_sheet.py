"""The contact sheet in docs: complete, and small enough for a README."""

from __future__ import annotations

from appliance.screens.pages import Page
from tests.screens.cases import CASES
from tests.screens.contact_sheet import SECTIONS
from tests.screens.redraw import DOCS


def test_every_page_is_on_it() -> None:
    """Whoever adds a page shows it."""
    assert {CASES[exhibit.case].page for _, exhibits in SECTIONS for exhibit in exhibits} == set(Page)


def test_it_is_small() -> None:
    """At most 600 KB; `make screens` draws it anew."""
    assert (DOCS / "screens.png").stat().st_size <= 600_000
