"""Names on a stick: which are ours, in whatever capitals a file system shows them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.core import stick

BOX = "0123456789abcdef"


def test_own_name() -> None:
    """The proper spelling counts before any other; of several others the first."""
    assert stick.own_name(["stallbox", "STALLBOX", "Stallbox"], "STALLBOX") == "STALLBOX"
    assert stick.own_name(["stallbox", "Stallbox"], "STALLBOX") == "Stallbox"
    assert stick.own_name(["STALLBOX2", " STALLBOX", "ſtallbox"], "STALLBOX") is None


def test_bundles() -> None:
    """A bundle is called by its slug and version, and by nothing else."""
    ours = ["a-v1.drop", "harbour-lights-v12.drop", "ZINE-V3.DROP"]
    others = [
        "zine.drop",
        "zine-v0.drop",
        "zine-v01.drop",
        ".zine-v1.drop",
        "zine-v1.drop.part",
        "zine-v1.drop\n",
        "-v1.drop",
    ]
    assert stick.bundles([*others, *ours]) == sorted(ours)


def test_papers() -> None:
    """Hidden files, such as other systems leave beside each file, are no papers."""
    assert stick.papers(["._courier.dsse.json", "courier.dsse.json", "a b.dsse.json", "x.json"]) == [
        "courier.dsse.json"
    ]


def test_answers() -> None:
    """Only answers to this box count."""
    mine = f"STALLBOX-{BOX.upper()}-0000002A-0000000017.ACK.JSON"
    other = mine.replace("0123456789ABCDEF", "FEDCBA9876543210")
    assert stick.answers([other, mine.lower(), mine, mine + ".part", mine.replace("2A", "2G")], BOX) == [
        mine,
        mine.lower(),
    ]


@given(st.lists(st.text() | st.binary().map(lambda name: name.decode(errors="surrogateescape"))))
def test_any_names(names: list[str]) -> None:
    """Whatever a stick's names are, those that count as ours are plain text."""
    for name in [*stick.bundles(names), *stick.papers(names), *stick.answers(names, BOX)]:
        assert name.isascii()
        assert name.isprintable()
