"""What the machine must be like for the box's settings, as lines: facts in, lines out. Looks at nothing."""

from __future__ import annotations

import re

from appliance.core.radio import Radio
from appliance.settings import Settings
from provisioning.doctor.asking import Told
from provisioning.doctor.line import Line, fail, ok, warn
from provisioning.doctor.machine import Machine

GPIOZERO = (2, 0, 1)  # the first that finds the pins of a Pi 5 whatever the kernel calls their chip
_MAKE = "Type: sudo stallbox-hotspot"
_INKY = ("dtparam=i2c_arm=on", "dtparam=spi=on", "dtoverlay=spi0-0cs")
_WAVESHARE = ("dtparam=spi=on",)
_OWN_SELECT = "dtoverlay=spi0-0cs"
_DEVICES = {"inky": ("spidev0.0", "i2c-1"), "waveshare": ("spidev0.0",), "fb": ("fb0",)}
_VIDEO = "video=HDMI-A-1:1920x1080@60D"


def service(machine: Machine, told: Told) -> Line:
    """Whether the daemon runs."""
    if told.is_running:
        return ok("service", "runs")
    if machine.service is None:
        return warn("service", "the box is stopped", "Start it: stallbox run")
    fix = "Start it: sudo systemctl start stallbox" if machine.service == "inactive" else "See: journalctl -u stallbox"
    return warn("service", f"the box is stopped (systemd says: {machine.service})", fix)


def helper(machine: Machine) -> Line:
    """The few acts that need root: sticks, power off, setting the clock."""
    if machine.has_helper:
        return ok("helper", "is there")
    return warn(
        "helper",
        "is not there: sticks, power off and the system's clock are out of reach",
        "In stallbox’s folder: sudo make install",
    )


def network(settings: Settings, machine: Machine) -> list[Line]:
    """Country, radio and firmware, where the box makes the network by its own radio."""
    hotspot = settings.hotspot
    if hotspot is None:
        return [ok("radio", "the settings have no [hotspot]: phones come by another network")]
    if hotspot.radio is None:
        return [ok("radio", f"an access point on {hotspot.interface} makes “{hotspot.ssid}”")]
    return [_country(hotspot.radio, machine), _radio(settings, machine), _firmware(hotspot.radio, machine)]


def _country(radio: Radio, machine: Machine) -> Line:
    if machine.country is None:
        return warn("country", f"{radio.country} is set; what is in force is not known", "sudo apt-get install iw")
    if machine.country != radio.country:
        force = "none is in force" if machine.country == "00" else f"{machine.country} is in force"
        return fail("country", f"{radio.country} is set, but {force}", _MAKE)
    return ok("country", radio.country)


def _radio(settings: Settings, machine: Machine) -> Line:
    hotspot, wifi = settings.hotspot, machine.wifi
    assert hotspot is not None
    if wifi is None or not wifi.is_there:
        fix = 'Use a Pi with Wi-Fi, or set access_point = "external".'
        return fail("radio", f"{hotspot.interface} does not exist", fix)
    if wifi.is_blocked:
        return fail("radio", f"{hotspot.interface} is switched off", _MAKE)
    if wifi.channel is None:
        return fail("radio", f"{hotspot.interface} makes no network", f"{_MAKE}; it says what is wrong.")
    text = f"“{hotspot.ssid}” on channel {wifi.channel}"
    wanted = hotspot.radio.channel if hotspot.radio else wifi.channel
    return ok("radio", text) if wifi.channel == wanted else warn("radio", f"{text}, not {wanted} as set", _MAKE)


def _firmware(radio: Radio, machine: Machine) -> Line:
    if machine.firmware is None:
        return ok("firmware", "the radio's own; this board has no other")
    if f"-{radio.firmware}." in machine.firmware:
        return ok("firmware", str(radio.firmware))
    return warn("firmware", f"{machine.firmware}, not {radio.firmware} as set", f"{_MAKE}, and start the machine anew.")


def screens(settings: Settings, machine: Machine, told: Told) -> list[Line]:
    """Each display that is set: what config.txt must say for it, and what the box says of it."""
    kinds = [display.kind for display in settings.displays if display.kind != "none"]
    if not kinds:
        return [warn("screen", "none is set: codes are on the console alone", "Add a [[display]] to stallbox.toml.")]
    faults = {each["kind"]: each["fault"] for each in told.status["displays"] if each["fault"]}
    return [_screen(kind, machine, faults.get(kind), told.is_running) for kind in kinds]


def _screen(kind: str, machine: Machine, fault: str | None, is_running: bool) -> Line:
    if wrong := _wrong_config(kind, machine):
        return fail("screen", f"{kind} cannot work", wrong)
    if fault is not None:
        return fail("screen", f"{kind} shows nothing", fault)
    if missing := [name for name in _DEVICES.get(kind, ()) if name not in machine.devices]:
        add = f"Plug the monitor in, add {_VIDEO} to cmdline.txt, and s" if kind == "fb" else "S"
        return fail("screen", f"{kind} needs /dev/{missing[0]}, which is not there", f"{add}tart the machine anew.")
    if kind == "fb" and machine.is_pi and "video=" not in machine.cmdline:
        text = "a monitor that is switched on after the box may stay black or small"
        return warn("screen", text, f"Add {_VIDEO} to the line in cmdline.txt.")
    return ok("screen", kind if is_running else f"{kind}, as far as a stopped box can tell")


def _wrong_config(kind: str, machine: Machine) -> str | None:
    """What to write into config.txt or to take out of it; None where it is right, or this is no Pi."""
    if machine.config is None:
        return None
    wanted = _INKY if kind == "inky" else _WAVESHARE if kind == "waveshare" else ()
    if missing := [line for line in wanted if not _has(machine.config, line)]:
        return f"Write into config.txt: {', '.join(missing)}. Then start the machine anew."
    if kind == "waveshare" and _has(machine.config, _OWN_SELECT):
        return f"Take {_OWN_SELECT} out of config.txt, which is for an Inky. Then start the machine anew."
    return None


def _has(config: frozenset[str], line: str) -> bool:
    """Whether it stands there; `on` need not, and an overlay may have parameters."""
    bare = line.removesuffix("=on")
    return any(one in {line, bare} or one.startswith(f"{line},") for one in config)


def buttons(settings: Settings, machine: Machine, told: Told) -> Line:
    """Buttons that are set, and what drives them."""
    wanted = [str(button) for button in settings.header.buttons]
    if not wanted:
        return ok("buttons", "none are set")
    if not machine.is_pi and "gpiochip0" not in machine.devices:
        return ok("buttons", "this machine has no header")
    if _release(machine.gpiozero) < GPIOZERO:
        found = machine.gpiozero or "none"
        return fail("buttons", f"gpiozero is {found}", "In stallbox’s folder: sudo make install")
    if not machine.has_lgpio:
        return fail("buttons", "lgpio is missing", "sudo apt-get install python3-lgpio")
    if told.is_running and (missing := [name for name in wanted if name not in told.status["buttons"]]):
        return fail(
            "buttons", f"{', '.join(missing)} cannot be pressed", "See what the box says of it: stallbox status"
        )
    return ok("buttons", ", ".join(wanted))


def _release(version: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", (version or "").partition(".post")[0])[:3])


def battery_clock(machine: Machine, told: Told) -> list[Line]:
    """A clock that config.txt names and nobody hears of."""
    named = [line for line in machine.config or () if line.startswith("dtoverlay=i2c-rtc,")]
    if not named or told.status["battery_clock"] is not None:
        return []
    if machine.config is not None and not _has(machine.config, "dtparam=i2c_arm=on"):
        return [fail("battery clock", "is on a bus that is off", "Write dtparam=i2c_arm=on into config.txt.")]
    return [fail("battery clock", f"{named[0]} finds none", "Check its four wires, and the chip's name in config.txt.")]
