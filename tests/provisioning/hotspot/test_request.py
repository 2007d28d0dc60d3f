"""The file on the card, and the [hotspot] table inside stallbox.toml."""

from __future__ import annotations

import tomllib

import pytest

from appliance.errors import SettingsError
from provisioning.hotspot import request
from tests.provisioning.hotspot.boxes import EXTERNAL, OPEN, WPA2, toml


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", request.HELP, request.emptied(WPA2)])
def test_comments_ask_for_nothing(text: str) -> None:
    """The file as the box leaves it is no request."""
    assert request.read(text.encode()) is None


def test_a_table_below_the_help_is_taken_as_it_is_written() -> None:
    """With its own comments, without ours."""
    table = WPA2 + "# the new one\n"
    assert request.read((request.HELP + "\n" + table).encode()) == table


def test_any_editor_will_do() -> None:
    """A byte order mark and the line ends of Windows are put up with."""
    assert request.read(b"\xef\xbb\xbf" + WPA2.replace("\n", "\r\n").encode()) == WPA2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[box]\nname = "Other"\n' + WPA2.encode(), "Only a table headed"),
        (b'hotspot = { ssid = "S" }\n', "Only a table headed"),
        ("[hotspot]\nssid = “Stall 7”\n".encode(), "straight quotation marks"),
        (b"[hotspot\n", "not TOML"),
        (b"\xff\xfeS\x00", "save it as text in UTF-8"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_fix(data: bytes, said: str) -> None:
    """The sentence is for the person who edits a file on a laptop."""
    with pytest.raises(SettingsError, match=said):
        request.read(data)


def test_the_help_is_a_table_once_its_marks_are_taken_away() -> None:
    """Whoever removes the # in front of the example has written a valid request."""
    lines = request.HELP.splitlines()
    example = "\n".join(line.removeprefix("# ") for line in lines[lines.index("# [hotspot]") :])
    asked = tomllib.loads(example)["hotspot"]
    assert asked["ssid"] == "Stall 7"
    assert set(asked) == {
        *("ssid", "passphrase", "country", "band", "channel", "firmware", "tether", "access_point", "interface")
    }


def test_what_is_in_force_stands_in_the_emptied_file() -> None:
    """So that the owner sees what there is to change."""
    assert '#   ssid = "Stall 7"' in request.emptied(WPA2)


def test_a_reason_stands_above_the_request_and_only_the_last_one() -> None:
    """The owner's text stays, to be mended."""
    once = request.refused(WPA2.encode(), "hotspot.country is missing.")
    twice = request.refused(once, "hotspot.channel is 100;\nit may be 36.").decode()
    assert twice == f"# NOT TAKEN: hotspot.channel is 100;\n# NOT TAKEN: it may be 36.\n{WPA2}"
    assert request.read(twice.encode()) == WPA2


@pytest.mark.parametrize("before", ["", WPA2, EXTERNAL])
@pytest.mark.parametrize("more", ["", '[portal]\nname = "stall-9.example.org"\n', "[[display]]\nwidth = 800\n"])
def test_only_the_table_changes(before: str, more: str) -> None:
    """Every other setting stays, and the table is where it was or at the end."""
    text = request.with_table(toml(before, more), OPEN)
    assert request.table_in(text) == OPEN
    assert tomllib.loads(text) == tomllib.loads(toml(OPEN, more))


def test_taking_the_table_away_and_back_leaves_the_settings_as_they_were() -> None:
    """Going back works from nothing and to nothing."""
    text = toml(WPA2)
    without = request.with_table(text, "")
    assert request.table_in(without) == ""
    assert tomllib.loads(request.with_table(without, WPA2)) == tomllib.loads(text)


def test_settings_that_cannot_be_mended_by_lines_are_refused() -> None:
    """A hotspot written in one line, or a text that looks like a heading, is not guessed at."""
    for odd in ('hotspot = { ssid = "S" }\n', 'note = """\n[hotspot]\n"""\n'):
        with pytest.raises(SettingsError, match="as a table headed"):
            request.with_table(odd, OPEN)
