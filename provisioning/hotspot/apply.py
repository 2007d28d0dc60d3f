"""Gives a box the network that its settings, or the file on its card, ask for; takes it back where that fails, or away.

The order is the point: rules first, then every check, then the files, each whole or not at all, then the note of what
is in force. A power cut in between leaves the rest to the next start, which does it all again.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from appliance.core.network import Hotspot
from appliance.core.radio import Radio, is_for_indoors
from appliance.errors import HotspotError, StallboxError
from appliance.files import make_folder, write_durably
from provisioning.hotspot import firewall, firmware, found, keyfile, machine, manager, names, request, switch
from provisioning.hotspot.box import Box
from provisioning.hotspot.checks import check
from provisioning.hotspot.plan import Plan, nothing, plan, read_settings
from provisioning.hotspot.writing import write, write_as_owner

_IN_FORCE = "applied.toml"
_BEFORE = "before.toml"
_MAX_REQUEST = 64 * 1024
_RESTARTING = frozenset({keyfile.path(keyfile.HOTSPOT), names.PATH, manager.PATH})


def foresee(box: Box) -> Plan:
    """What `settle` would do, checked by every tool. Changes nothing."""
    text, asked = read_settings(box), request.read(_card(box))
    wanted = plan(box, request.with_table(text, asked) if asked else text)
    check(wanted.files)
    return wanted


def settle(box: Box, *, live: bool) -> list[str]:
    """Takes the request on the card, if there is one, else what stallbox.toml says; sentences about what was done.

    A request that is refused stays on the card with the reason, and stallbox.toml holds. `live`: this machine runs,
    so its network is started as well; where that fails, the one before is put back and HotspotError says why.
    """
    if live:
        machine.guard(box.root)
    try:
        done = _take_request(box, live)
    except StallboxError as refusal:
        try:
            write_durably(box.card, request.refused(_card(box), refusal.detail))
        finally:  # a card that cannot be written costs nobody the network
            _put(box, read_settings(box), live)
        raise
    return _put(box, read_settings(box), live) if done is None else done


def go_back(box: Box, *, live: bool) -> list[str]:
    """Puts the network back that was in force before the last change; a second time, the changed one again."""
    before = _read(box.kept / _BEFORE)
    if before is None:
        raise HotspotError("hotspot", "This box has had no other network yet: there is nothing to go back to.")
    return _put(box, request.with_table(read_settings(box), before), live)


def take_away(box: Box, *, live: bool) -> list[str]:
    """Takes everything away that was ever put here, and gives others their words back. Needs no settings.

    stallbox.toml and the file on the card stay: they are the owner's.
    """
    wanted = nothing(box)
    write(box.root, wanted.changes)
    _make_true(box, wanted, live)
    with contextlib.suppress(OSError):  # somebody else's file is in it, or it was never there
        (box.root / firewall.PATH).parent.rmdir()
    shutil.rmtree(box.kept, ignore_errors=True)
    return ["This box has no network of its own any more. stallbox.toml is as it was."]


def _take_request(box: Box, live: bool) -> list[str] | None:
    asked = request.read(_card(box))
    if asked is None:
        return None
    done = _put(box, request.with_table(read_settings(box), asked), live)
    write_durably(box.card, request.emptied(asked).encode())
    return done


def _card(box: Box) -> bytes:
    if not box.card.exists():
        return b""
    with box.card.open("rb") as file:
        return file.read(_MAX_REQUEST)


def _put(box: Box, text: str, live: bool) -> list[str]:
    """Makes `text` the settings, and the machine what they say."""
    wanted = plan(box, text)
    if wanted.changes:
        check(wanted.files)
    if text != read_settings(box):
        write_as_owner(box.settings, text)
    found.keep(box, found.words_in(box, wanted.changes))
    write(box.root, wanted.changes)
    previous = _read(box.kept / _IN_FORCE) or ""
    try:
        notes = _make_true(box, wanted, live)
    except HotspotError as error:
        if previous in {"", wanted.table}:
            raise
        _put(box, request.with_table(text, previous), live)
        _note(box, previous, before=wanted.table)
        raise HotspotError("hotspot", f"{error.detail} The network before was put back.") from error
    if wanted.table != previous:
        _note(box, wanted.table, before=previous)
    return [_summary(wanted), *notes]


def _note(box: Box, in_force: str, before: str) -> None:
    make_folder(box.kept, 0o700)
    write_durably(box.kept / _BEFORE, before.encode(), 0o600)
    write_durably(box.kept / _IN_FORCE, in_force.encode(), 0o600)


def _make_true(box: Box, wanted: Plan, live: bool) -> list[str]:
    hotspot = wanted.hotspot
    radio = hotspot.radio if hotspot else None
    before = found.read(box)
    said = _choose_firmware(box, radio, before)
    if live and hotspot:
        machine.guard(box.root)
        if radio:
            machine.switch_on(box.root)
            machine.set_country(radio.country)
        machine.start(hotspot, anew=not _RESTARTING.isdisjoint(wanted.changes))
    elif live and wanted.changes:
        machine.stop(radio_off=before.get(switch.MANAGER) == switch.MANAGER_OFF)
    if radio is None:
        found.forget(box)
    return [*filter(None, [said]), *_advice(hotspot)]


def _choose_firmware(box: Box, radio: Radio | None, before: Mapping[str, str]) -> str | None:
    if radio is not None:
        found.keep(box, machine.firmware_choice(box.root))
        return machine.choose_firmware(box.root, radio.firmware)
    if firmware.LINK in before:
        machine.put_back_firmware(box.root, before[firmware.LINK])
    return None


def _advice(hotspot: Hotspot | None) -> list[str]:
    """What the box cannot do for its owner."""
    if hotspot is None:
        return []
    radio = hotspot.radio
    if radio is None:
        return ["In the access point: no DHCP server of its own, and client isolation on."]
    if is_for_indoors(radio.country, radio.channel):
        return [f"In {radio.country} channel {radio.channel} is for use under a roof only."]
    return []


def _summary(wanted: Plan) -> str:
    hotspot = wanted.hotspot
    if hotspot is None:
        return "stallbox.toml has no [hotspot]: phones reach this box through a network that somebody else makes."
    radio = hotspot.radio
    how = f"{radio.band}, channel {radio.channel}, {radio.country}" if radio else f"access point on {hotspot.interface}"
    return f"The network “{hotspot.ssid}”: {how}, {'open' if hotspot.passphrase is None else 'WPA2'}."


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None
