"""stallbox.toml: what the owner of a box may set, as frozen facts.

All faults are reported at once, each with its fix. Knows names, types and bounds; opens nothing that it names.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from appliance.core import network
from appliance.core.documents import DIGEST
from appliance.core.network import Hotspot
from appliance.core.probes import Apple
from appliance.errors import SettingsError
from appliance.settings.display import Display, check_together, read_display
from appliance.settings.header import TABLES, Header, read_header
from appliance.settings.hotspot import read_hotspot
from appliance.settings.sync import Sync, read_sync
from appliance.settings.table import Table

_HOST = re.compile(r"[A-Za-z0-9.-]{1,64}")
_NAME = re.compile(r"(?=.{4,64}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
READER_APPS = ("none", "sumup", "square", "viva")
_READER_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")


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
    announce: bool  # by DNS-SD, where the box can be reached
    sync: Sync
    header: Header


def parse(text: str) -> Settings:
    """The settings in the text of stallbox.toml; SettingsError names every fault and its fix."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("settings", f"stallbox.toml is not TOML: {error}.") from error
    faults: list[str] = []
    root = Table(table, "", faults)
    names = ("box", "trust", "web", "storage", "refunds", "free", "reader", "portal", "announce", "sync")
    tables = [root.table(name) for name in names]
    box, trust, web, storage, refunds, free, card_reader, portal, announce, sync = tables
    header = [root.table(name) for name in TABLES]
    displays = root.tables("display")
    hotspot = [root.table("hotspot")] if root.given("hotspot") else []
    settings = Settings(
        name=box.text("name", None, re.compile(r"[^\x00-\x1f\x7f]{1,40}"), "a name of 1 to 40 characters"),
        pin=trust.text("pin", None, DIGEST, "the 64 hex digits that the organizer's tool wrote"),
        web=_web(web),
        displays=tuple(read_display(reader) for reader in displays),
        refunds=Refunds(
            limit=refunds.integer("limit", 5000, 0, 2**53 - 1),
            pin=refunds.optional("pin", re.compile(r"[0-9]{4,12}"), "4 to 12 digits"),
        ),
        free=Free(free.integer("per_hour", 30, 0, 100_000), free.integer("in_all", 1000, 0, 10_000_000)),
        reader=_card_reader(card_reader),
        portal=_portal(portal),
        hotspot=read_hotspot(hotspot[0]) if hotspot else None,
        reserve=storage.integer("reserve_mb", 256, 16, 65536) << 20,
        announce=announce.flag("on", default=True),
        sync=read_sync(sync),
        header=read_header(header, {str(each.raw("kind")).partition(":")[0] for each in displays}),
    )
    check_together(settings.displays, displays)
    if settings.hotspot:
        _check_addresses(web, settings.web)
    for reader in (root, *tables, *header, *displays, *hotspot):
        reader.close()
    if faults:
        raise SettingsError("settings", "stallbox.toml: " + " ".join(faults))
    return settings


def _web(web: Table) -> Web:
    port = web.integer("port", 80, 1, 65535)
    return Web(
        listen=web.text("listen", "0.0.0.0", _HOST, "an address of this machine"),  # noqa: S104  # phones must reach it
        port=port,
        console_port=web.integer("console_port", 8443, 1, 65535),
        public=web.text("public", "10.42.0.1", _HOST, "the address that phones use"),
        public_port=web.integer("public_port", port, 1, 65535),
        checkout=web.optional("checkout", _HOST, "the host of the web checkout"),
    )


def _card_reader(reader: Table) -> Reader:
    app = reader.choice("app", "none", READER_APPS)
    hint = "the affiliate key (SumUp), application id (Square) or app id (Viva) of your account"
    key = reader.optional("key", _READER_KEY, hint) if app == "none" else reader.text("key", None, _READER_KEY, hint)
    return Reader(
        app, key or "", reader.optional("app_id", _READER_KEY, "the app id that belongs to the affiliate key")
    )


def _portal(portal: Table) -> Portal:
    apple = portal.choice("apple", Apple.QUIET, tuple(Apple))
    return Portal(
        Apple(apple), portal.optional("name", _NAME, "a host name in lower case, such as stall-7.example.org")
    )


def _check_addresses(reader: Table, web: Web) -> None:
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
