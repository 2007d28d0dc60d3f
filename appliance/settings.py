"""stallbox.toml: what the owner of a box may set, as frozen facts.

All faults are reported at once, each with its fix. Knows names, types and bounds; opens nothing that it names.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from appliance.core import network, radio
from appliance.core.documents import DIGEST
from appliance.core.network import Hotspot
from appliance.core.probes import Apple
from appliance.core.radio import Band, Firmware, Radio
from appliance.errors import SettingsError

T = TypeVar("T")

_HOST = re.compile(r"[A-Za-z0-9.-]{1,64}")
_NAME = re.compile(r"(?=.{4,64}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
DISPLAY_KINDS = ("none", "simulated", "fb")
ROTATIONS = (0, 90, 180, 270)
READER_APPS = ("none", "sumup", "square", "viva")
ACCESS_POINTS = ("wifi", "external")
_INTERFACE = re.compile(r"[a-z][a-z0-9]{1,14}")
_FRAMEBUFFER = re.compile(r"/dev/fb[0-9]{1,2}")
_READER_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Display:
    """One display: `simulated` writes its frames as PNG files, `fb` is a monitor, which has a size of its own."""

    kind: str
    width: int
    height: int
    mode: str  # "1" or "RGB"
    device: str = "/dev/fb0"  # these two: of `fb`
    rotation: int = 0  # degrees by which the picture is turned with the clock


@dataclass(frozen=True, slots=True)
class Web:
    """Where the box listens, and the address that its links and QR codes hold."""

    listen: str
    port: int
    console_port: int
    public: str
    public_port: int
    checkout: str | None  # host of the web checkout that a small panel's link leads to

    @property
    def base(self) -> str:
        """`http://10.42.0.1` with the port only where it is not 80; no slash at the end."""
        return f"http://{self.public}" + ("" if self.public_port == 80 else f":{self.public_port}")


@dataclass(frozen=True, slots=True)
class Refunds:
    """Above `limit` minor units a refund needs the PIN, where one is set."""

    limit: int
    pin: str | None

    def __repr__(self) -> str:
        return f"Refunds(limit={self.limit})"


@dataclass(frozen=True, slots=True)
class Free:
    """How many copies at price 0 the box gives away by itself."""

    per_hour: int
    in_all: int


@dataclass(frozen=True, slots=True)
class Reader:
    """The stall owner's card reader app. `key`: SumUp's affiliate key or Square's application id."""

    app: str
    key: str
    app_id: str | None  # SumUp on Android asks for it

    def __repr__(self) -> str:
        return f"Reader(app={self.app!r})"


@dataclass(frozen=True, slots=True)
class Portal:
    """What phones are told that look for internet. `name`: the box's own name, where it has a certificate for one."""

    apple: Apple
    name: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    name: str
    pin: str
    web: Web
    displays: tuple[Display, ...]
    refunds: Refunds
    free: Free
    reader: Reader
    portal: Portal
    hotspot: Hotspot | None  # None: phones reach the box through a network that somebody else makes
    reserve: int  # bytes that the shelf leaves free for the ledger


class _Reader:
    """Reads one table of the file and notes every fault instead of stopping at the first."""

    def __init__(self, table: Mapping[str, object], where: str, faults: list[str]) -> None:
        self._table = table
        self._where = where
        self._faults = faults
        self._known: set[str] = set()

    def text(self, name: str, default: str | None, pattern: re.Pattern[str], hint: str) -> str:
        value = self._get(name, default)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        return self._fault(name, value, hint, default or "")

    def optional(self, name: str, pattern: re.Pattern[str], hint: str) -> str | None:
        return None if self._get(name, None) is None else self.text(name, None, pattern, hint)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self._get(name, default)
        if isinstance(value, str) and value in choices:
            return value
        return self._fault(name, value, "one of " + ", ".join(choices), default)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self._get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        return self._fault(name, value, f"a whole number from {low} to {high}", default)

    def flag(self, name: str) -> bool:
        value = self._get(name, False)
        return value if isinstance(value, bool) else self._fault(name, value, "true or false", False)

    def given(self, name: str) -> bool:
        return name in self._table

    def refuse(self, name: str, why: str) -> None:
        """Notes what no single value shows; `why` continues a sentence that begins with the setting."""
        self._known.add(name)
        self._faults.append(f"{self._where}{name} {why}")

    def country(self, name: str) -> str:
        value = self._get(name, None)
        if isinstance(value, str) and value in radio.COUNTRIES:
            return value
        meant = radio.MISTAKEN.get(str(value))
        hint = f'"{meant}"' if meant else 'the two capital letters of the country you stand in, such as "DE" or "GB"'
        return self._fault(name, value, f"{hint}: its law says where the radio may send", "")

    def table(self, name: str) -> _Reader:
        value = self._get(name, {})
        if not isinstance(value, dict):
            value = self._fault(name, value, "a table", {})
        return _Reader(value, f"{self._where}{name}.", self._faults)

    def tables(self, name: str) -> list[_Reader]:
        value = self._get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            value = self._fault(name, value, f"tables, each headed [[{name}]]", [])
        return [_Reader(item, f"{self._where}{name}.", self._faults) for item in value]

    def close(self) -> None:
        """Reports what nobody asked for, with the likely name."""
        for name in self._table.keys() - self._known:
            near = difflib.get_close_matches(name, self._known, 1)
            hint = f" Did you mean {near[0]}?" if near else " Remove it."
            self._faults.append(f"{self._where}{name} is not a setting.{hint}")

    def _get(self, name: str, default: object) -> object:
        self._known.add(name)
        return self._table.get(name, default)

    def _fault(self, name: str, value: object, hint: str, default: T) -> T:
        said = "is missing" if value is None else f"is {value!r}"
        self._faults.append(f"{self._where}{name} {said}; it must be {hint}.")
        return default


def parse(text: str) -> Settings:
    """The settings in the text of stallbox.toml; SettingsError names every fault and its fix."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("settings", f"stallbox.toml is not TOML: {error}.") from error
    faults: list[str] = []
    root = _Reader(table, "", faults)
    tables = [root.table(name) for name in ("box", "trust", "web", "storage", "refunds", "free", "reader", "portal")]
    box, trust, web, storage, refunds, free, card_reader, portal = tables
    displays = root.tables("display")
    hotspot = [root.table("hotspot")] if root.given("hotspot") else []
    settings = Settings(
        name=box.text("name", None, re.compile(r"[^\x00-\x1f\x7f]{1,40}"), "a name of 1 to 40 characters"),
        pin=trust.text("pin", None, DIGEST, "the 64 hex digits that the organizer's tool wrote"),
        web=_web(web),
        displays=tuple(_display(reader) for reader in displays),
        refunds=Refunds(
            limit=refunds.integer("limit", 5000, 0, 2**53 - 1),
            pin=refunds.optional("pin", re.compile(r"[0-9]{4,12}"), "4 to 12 digits"),
        ),
        free=Free(free.integer("per_hour", 30, 0, 100_000), free.integer("in_all", 1000, 0, 10_000_000)),
        reader=_card_reader(card_reader),
        portal=_portal(portal),
        hotspot=_hotspot(hotspot[0]) if hotspot else None,
        reserve=storage.integer("reserve_mb", 256, 16, 65536) << 20,
    )
    if settings.hotspot:
        _check_addresses(web, settings.web)
    for reader in (root, *tables, *displays, *hotspot):
        reader.close()
    if faults:
        raise SettingsError("settings", "stallbox.toml: " + " ".join(faults))
    return settings


def _web(web: _Reader) -> Web:
    port = web.integer("port", 80, 1, 65535)
    return Web(
        listen=web.text("listen", "0.0.0.0", _HOST, "an address of this machine"),  # noqa: S104  # phones must reach it
        port=port,
        console_port=web.integer("console_port", 8443, 1, 65535),
        public=web.text("public", "10.42.0.1", _HOST, "the address that phones use"),
        public_port=web.integer("public_port", port, 1, 65535),
        checkout=web.optional("checkout", _HOST, "the host of the web checkout"),
    )


def _card_reader(reader: _Reader) -> Reader:
    app = reader.choice("app", "none", READER_APPS)
    hint = "the affiliate key (SumUp), application id (Square) or app id (Viva) of your account"
    key = reader.optional("key", _READER_KEY, hint) if app == "none" else reader.text("key", None, _READER_KEY, hint)
    return Reader(
        app, key or "", reader.optional("app_id", _READER_KEY, "the app id that belongs to the affiliate key")
    )


def _portal(portal: _Reader) -> Portal:
    apple = portal.choice("apple", Apple.QUIET, tuple(Apple))
    return Portal(
        Apple(apple), portal.optional("name", _NAME, "a host name in lower case, such as stall-7.example.org")
    )


def _hotspot(reader: _Reader) -> Hotspot:
    hint = "1 to 32 of A-Z a-z 0-9 . - and blanks, and not all of them 0-9 or A-F, which phones take for hex"
    ssid = reader.text("ssid", None, network.SSID, hint)
    passphrase = _passphrase(reader)
    if excess := network.excess(ssid, passphrase):
        why = f"and passphrase are together {excess} characters too long for the join code on a small display"
        reader.refuse("ssid", f"{why}: shorten one.")
    is_own = reader.choice("access_point", "wifi", ACCESS_POINTS) == "wifi"
    own = _radio(reader) if is_own else None
    if not is_own:
        _refuse_radio(reader)
    known = radio.MINIMAL_SEATS if own and own.firmware is Firmware.MINIMAL else None
    return Hotspot(
        ssid=ssid,
        passphrase=passphrase,
        interface=reader.text("interface", "wlan0" if is_own else "eth0", _INTERFACE, "an interface, such as eth0"),
        radio=own,
        tether=reader.flag("tether"),
        seats=reader.integer("seats", 1, 1, 250) if reader.given("seats") else known,
    )


def _passphrase(reader: _Reader) -> str | None:
    if not reader.flag("open"):
        hint = "8 or more of A-Z a-z 0-9 . - and blanks; or write open = true, and everybody may join"
        return reader.text("passphrase", None, network.PASSPHRASE, hint)
    if reader.given("passphrase"):
        reader.refuse("passphrase", "has no meaning beside open = true: remove one of the two.")
    return None


def _radio(reader: _Reader) -> Radio:
    country = reader.country("country")
    band = Band(reader.choice("band", Band.LOW, tuple(Band)))
    allowed = radio.channels(country, band)
    if not allowed:
        reader.refuse("band", f'is {band}, where {country} asks for a watch on radar: write "{Band.LOW}".')
    channel = reader.integer("channel", 11 if band is Band.LOW else (*allowed, 36)[0], 1, 196)
    if country and allowed and channel not in allowed:
        listed = ", ".join(map(str, allowed))
        reader.refuse("channel", f"is {channel}; of {band} an access point in {country} may use {listed}.")
    return Radio(country, band, channel, Firmware(reader.choice("firmware", Firmware.STANDARD, tuple(Firmware))))


def _refuse_radio(reader: _Reader) -> None:
    for name in ("country", "band", "channel", "firmware"):
        if reader.given(name):
            reader.refuse(name, "is set on the access point itself, not here. Remove it.")


def _check_addresses(reader: _Reader, web: Web) -> None:
    """Where the box makes the network, links must lead to its address there, and probes come to port 80.

    That address comes and goes with the radio, so the box listens at every one; the filter says who gets through.
    """
    everywhere = "0.0.0.0"  # noqa: S104  # phones must reach it
    fixed_values = (("listen", web.listen, everywhere), ("public", web.public, network.ON_LINK), ("port", web.port, 80))
    for name, value, fixed in fixed_values:
        if value != fixed:
            reader.refuse(name, f"is {value}; beside a [hotspot] it must be {fixed}. Remove it.")
    if web.public_port != web.port:
        reader.refuse("public_port", "must not be set beside a [hotspot]. Remove it.")


def _display(reader: _Reader) -> Display:
    kind = reader.choice("kind", "simulated", DISPLAY_KINDS)
    for name in ("width", "height") if kind == "fb" else ("device", "rotation"):
        if reader.given(name):
            reader.refuse(name, f"has no meaning for a display of kind {kind}. Remove it.")
    rotation = reader.integer("rotation", 0, 0, 270)
    if rotation not in ROTATIONS:
        reader.refuse("rotation", f"is {rotation}; it must be one of {', '.join(map(str, ROTATIONS))}.")
    return Display(
        kind=kind,
        width=reader.integer("width", 800, 250, 3840),
        height=reader.integer("height", 480, 122, 2160),
        mode=reader.choice("mode", "RGB", ("1", "RGB")),
        device=reader.text("device", "/dev/fb0", _FRAMEBUFFER, "a framebuffer, such as /dev/fb0"),
        rotation=rotation,
    )
