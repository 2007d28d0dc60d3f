"""The scripts that come with the pages."""

from __future__ import annotations

import re
from importlib import resources

FILES = {
    file.name: file.read_text() for file in (resources.files("appliance.web") / "static").iterdir() if file.is_file()
}
SCRIPTS = {name: text for name, text in FILES.items() if name.endswith(".js")}
BUYERS = ("claim.js", "entry.js", "stock.js")


def test_small() -> None:
    """All scripts of the product together have less than 15 KB."""
    assert sum(len(text.encode()) for text in SCRIPTS.values()) < 15_000


def test_from_here_alone() -> None:
    """Nothing of it asks for anything elsewhere, and no script of the buyers' makes text into a page or code."""
    for name, text in FILES.items():
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), name
    for name in BUYERS:
        assert not re.search(r"HTML\b|document\.write|\beval\b|new Function", SCRIPTS[name]), name
