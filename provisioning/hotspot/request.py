"""The file on the card that asks for another network, and the [hotspot] table inside a larger settings file.

Text in, text out. The request may be written in any editor: a byte order mark and foreign line ends are put up with.
"""

from __future__ import annotations

import re
import tomllib

from appliance.errors import SettingsError

HELP = """\
# To give this box another network, write a [hotspot] table below these lines and start the box again. The box takes
# the table once and then empties this file; where it does not take it, the reason stands here.
#
# [hotspot]
# ssid = "Stall 7"           # the name; with the passphrase at most 24 of A-Z a-z 0-9 . - and blanks
# passphrase = "harbour-12"  # 8 or more of them; or instead: open = true
# country = "DE"             # where you stand, two capital letters: its law says where the radio may send
# band = "2.4 GHz"           # reaches farther; or "5 GHz"
# channel = 11
# firmware = "standard"      # or "minimal": 19 phones at once on a Pi 3B+, 4 or 5
# tether = false             # or true: your phone lends the box its internet by USB
# access_point = "wifi"      # or "external": one on the Ethernet port; then no country, band, channel, firmware
# interface = "wlan0"        # or "eth0", ...
"""

_MARK = "# NOT TAKEN:"
_HEADING = re.compile(r"\s*\[\s*hotspot\s*\]\s*(#.*)?")
_ANY_HEADING = re.compile(r"\s*\[.*")


def read(data: bytes) -> str | None:
    """The table that is asked for, None where nothing is. SettingsError where it is something else than [hotspot]."""
    try:
        text = _plain(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError("settings", "The file is no plain text: save it as text in UTF-8.") from error
    asked = _parsed(text)
    if not asked:
        return None
    if asked.keys() != {"hotspot"} or not table_in(text):
        raise SettingsError("settings", "Only a table headed [hotspot] is taken from here: remove everything else.")
    return table_in(text)


def emptied(table: str) -> str:
    """What the card's file says once `table` is in force."""
    in_force = "".join(f"#   {line}\n" for line in table.splitlines())
    return f"{HELP}#\n# In force now:\n{in_force}" if table else HELP


def refused(data: bytes, reason: str) -> bytes:
    """The request with the reason why it was not taken above it, in the place of any earlier one."""
    body = _plain(data.decode("utf-8-sig", "replace"))
    kept = [line for line in body.splitlines() if not line.startswith(_MARK)]
    return "\n".join([*(f"{_MARK} {line}" for line in reason.splitlines()), *kept, ""]).encode()


def table_in(text: str) -> str:
    """The [hotspot] table of a settings file as it is written there, empty where it has none."""
    lines = _split(text)[1]
    return "".join(lines).rstrip() + "\n" if lines else ""


def with_table(text: str, table: str) -> str:
    """The settings file with `table` in the place of its [hotspot]; every other word stays as it is."""
    before, _, after = _split(text)
    head = "".join(before).rstrip("\n")
    parts = [head, table.strip("\n"), "".join(after).strip("\n")]
    whole = "\n\n".join(filter(None, parts)) + "\n"
    wanted = {key: value for key, value in _parsed(text).items() if key != "hotspot"} | _parsed(table)
    if not _says(whole, wanted):
        raise SettingsError("settings", "Write the network into stallbox.toml as a table headed [hotspot].")
    return whole


def _says(text: str, wanted: dict[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _split(text: str) -> tuple[list[str], list[str], list[str]]:
    lines = text.splitlines(keepends=True)
    begin = next((at for at, line in enumerate(lines) if _HEADING.fullmatch(line.rstrip("\n"))), len(lines))
    later = range(begin + 1, len(lines))
    end = next((at for at in later if _ANY_HEADING.match(lines[at])), len(lines))
    return lines[:begin], lines[begin:end], lines[end:]


def _parsed(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = " Use straight quotation marks only." if re.search("[“”„‘’]", text) else ""
        raise SettingsError("settings", f"The file is not TOML: {error}.{hint}") from error


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
