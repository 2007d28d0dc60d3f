"""File names in a drop: each one that could hurt a buyer's or a box's disk is refused, with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.paths import check_path, check_paths
from appliance.errors import PaperError


@pytest.mark.parametrize(
    "path",
    [
        "01-pier.jpg",
        "a/b/c/d/e/f/g/h",
        "Fotos/Möwe am Kai.jpg",
        "日本/写真.png",
        "con-artist.txt",
        "console/com.txt",
        "lpt/nulled.md",
        "x" * 180,
        "a b.c d",
        "¹.txt",
    ],
)
def test_good_names_pass(path: str) -> None:
    """Names that every system can store pass, in any script."""
    check_path(path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../../etc/passwd", "hidden or leads out"),
        ("a/../b", "hidden or leads out"),
        ("./a", "hidden or leads out"),
        (".hidden", "hidden or leads out"),
        ("a/.git/config", "hidden or leads out"),
        ("/etc/passwd", "empty part"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("", "empty part"),
        ("C:/x", "character :"),
        ("a\\b", "character \\"),
        ("what?.jpg", "character ?"),
        ("a*b", "character *"),
        ('a"b', 'character "'),
        ("a<b", "character <"),
        ("a>b", "character >"),
        ("a|b", "character |"),
        ("a:stream", "character :"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\x7fb", "control"),
        ("a\x85b", "control"),
        ("a.", "dot or a space"),
        ("a /b", "dot or a space"),
        ("...", "hidden or leads out"),
        ("CON", "device"),
        ("con.txt", "device"),
        ("a/Nul", "device"),
        ("com1.tar.gz", "device"),
        ("LPT9", "device"),
        ("COM¹", "device"),
        ("aux .txt", "device"),
        ("CONIN$", "device"),
        ("e\u0301.jpg", "NFC"),
        ("x" * 181, "180 bytes"),
        ("ü" * 91, "180 bytes"),
        ("a/b/c/d/e/f/g/h/i", "8 folders"),
        ("\ud800", "control"),
    ],
)
def test_bad_names_are_refused_with_the_reason(path: str, why: str) -> None:
    """The code is `bad-path`, and the sentence says which name and why."""
    with pytest.raises(PaperError) as refused:
        check_path(path)
    assert refused.value.code == "bad-path"
    assert why in refused.value.detail
    assert "Rename" in refused.value.detail


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["a.jpg", "A.JPG"], "upper and lower case"),
        (["a.jpg", "a.jpg"], "upper and lower case"),
        (["straße", "STRASSE"], "upper and lower case"),
        (["x/ä", "X/Ä"], "upper and lower case"),
        (["a", "a/b"], "also the folder"),
        (["A/b/c", "a/B"], "also the folder"),
    ],
)
def test_names_that_meet_on_some_system_are_refused(paths: list[str], why: str) -> None:
    """Two names that a system without case cannot keep apart, and a name that is file and folder."""
    faults = check_paths(paths)
    assert [fault.code for fault in faults] == ["bad-path"]
    assert why in faults[0].detail


def test_all_faults_come_at_once() -> None:
    """Who packs a drop renames once, not once per name."""
    assert len(check_paths(["ok", "a?", "nul", "b.", "OK"])) == 4


@given(st.text(max_size=40))
def test_a_name_that_passes_stays_inside(path: str) -> None:
    """Whatever passes is relative, has no segment that climbs, and is printable on the way."""
    try:
        check_path(path)
    except PaperError as refused:
        shown = refused.detail
        assert shown.isprintable()
        return
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
    assert "\\" not in path
