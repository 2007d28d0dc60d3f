"""The running machine: makes what the files say true without a new start. Every act may be done again."""

from __future__ import annotations

from pathlib import Path

from appliance.core.network import Hotspot
from appliance.core.radio import Firmware
from appliance.errors import HotspotError
from provisioning.hotspot import firewall, firmware, keyfile
from provisioning.hotspot.tools import run

_PATIENCE_S = 35  # a radio takes 9 to 20 s on slow machines; a second try must fit into the patience of systemd


def guard(root: Path) -> None:
    """Loads the rules that lie on this machine: first of all, so that no network is ever open without them."""
    path = root / firewall.PATH
    if path.exists():
        run("nft", "--file", str(path))


def switch_on(root: Path) -> None:
    """Lifts the kernel's block on every Wi-Fi radio."""
    for radio in (root / "sys/class/rfkill").glob("rfkill*"):
        if (radio / "type").read_text().strip() == "wlan":
            (radio / "soft").write_text("0")


def set_country(country: str) -> None:
    """Tells the radios at once; the files tell them at the next start."""
    run("iw", "reg", "set", country)


def start(hotspot: Hotspot, *, anew: bool) -> None:
    """Brings the network up; `anew` also where it runs, and then every phone in it joins again.

    Early at boot there is no NetworkManager yet: it finds the files by itself.
    """
    if not _manager_runs():
        return
    _read_files_again()
    if hotspot.radio:
        run("nmcli", "radio", "wifi", "on")
    if anew or not _is_up():
        run("nmcli", "--wait", str(_PATIENCE_S), "connection", "up", keyfile.HOTSPOT)


def stop(*, radio_off: bool) -> None:
    """Takes the network away and then its rules; their files are gone already. `radio_off`: as the radio was found."""
    if _manager_runs():
        if _is_up():
            run("nmcli", "--wait", str(_PATIENCE_S), "connection", "down", keyfile.HOTSPOT)
        _read_files_again()
        if radio_off:
            run("nmcli", "radio", "wifi", "off")
    run("nft", "--file", "-", text=f"table {firewall.TABLE}\ndelete table {firewall.TABLE}\n")


def _manager_runs() -> bool:
    try:
        return run("nmcli", "--terse", "--fields", "RUNNING", "general").strip() == "running"
    except HotspotError:
        return False  # there is not even a bus to ask on


def _is_up() -> bool:
    return keyfile.HOTSPOT in run("nmcli", "--terse", "--fields", "NAME", "connection", "show", "--active").splitlines()


def _read_files_again() -> None:
    run("nmcli", "general", "reload", "conf")
    run("nmcli", "connection", "reload")


def choose_firmware(root: Path, wanted: Firmware) -> str | None:
    """Links the firmware that the radio loads at the next start; a sentence where there is something to say."""
    link = root / firmware.LINK
    if not link.is_symlink():
        none_here = f"This system has no “{wanted}” firmware to choose: the radio keeps its own."
        return none_here if wanted is not Firmware.STANDARD else None
    chosen = firmware.choose(_alternatives(root, "--list"), wanted)
    if chosen is None:
        raise HotspotError("hotspot", f"This system has no “{wanted}” firmware. Remove hotspot.firmware.")
    if str(link.readlink()) == chosen:
        return None
    _alternatives(root, "--set", chosen)
    return f"The radio loads its “{wanted}” firmware from the next start on."


def firmware_choice(root: Path) -> dict[str, str]:
    """Where the choice lies, and what it is now; empty where this system has none to make."""
    if not (root / firmware.LINK).is_symlink():
        return {}
    return {firmware.LINK: firmware.choice(_alternatives(root, "--query"))}


def put_back_firmware(root: Path, choice: str) -> None:
    """Links what was chosen before, for the next start."""
    if choice == firmware.AUTO:
        _alternatives(root, "--auto")
    else:
        _alternatives(root, "--set", choice)


def _alternatives(root: Path, act: str, *more: str) -> str:
    return run("update-alternatives", "--root", str(root), act, firmware.ALTERNATIVE, *more)
