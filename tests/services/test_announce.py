"""The box on the network by its name: found with addresses and TXT, renamed beside a namesake, quiet when told so."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import ifaddr
import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from appliance import settings as settings_file
from appliance.core.status import Fault
from appliance.services.announce import BOX, SHOP, Announcer, reachable_addresses
from appliance.settings import Settings

# Answers go to one address of this machine, so everybody on the air needs one of his own.
HERE, THERE, ELSEWHERE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
ID = "0123456789abcdef"


def settings(name: str = "Stall 7", more: str = "", listen: str = "0.0.0.0") -> Settings:
    web = f'listen = "{listen}"\n' if listen != "0.0.0.0" else ""
    return settings_file.parse(f'[box]\nname = "{name}"\n[trust]\npin = "{"0" * 64}"\n[web]\n{web}{more}')


@dataclass
class Place:
    """A network of one address, which may come and go, and the box's screen."""

    addresses: tuple[str, ...] = (HERE,)
    name: str | None = None
    faults: dict[str, Fault] = field(default_factory=dict)

    def note(self, about: str, fault: Fault | None) -> None:
        self.faults.pop(about, None)
        if fault:
            self.faults[about] = fault

    def told(self, name: str | None) -> None:
        self.name = name

    @contextlib.asynccontextmanager
    async def announcing(self, read: Settings, box: str = ID) -> AsyncIterator[None]:
        announcer = Announcer(read, box, self.note, self.told, lambda: self.addresses, period_s=0.02)
        task = asyncio.create_task(announcer.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def looking() -> AsyncIterator[AsyncZeroconf]:
    """Somebody else on the network."""
    other = AsyncZeroconf(interfaces=[ELSEWHERE], ip_version=IPVersion.V4Only)
    try:
        yield other
    finally:
        await other.async_close()


async def found(looker: AsyncZeroconf, service: str, name: str) -> ServiceInfo:
    info = await looker.async_get_service_info(service, f"{name}.{service}", timeout=5000)
    assert info is not None, f"{name} is not found"
    return info


class TestOnTheAir:
    async def test_found(self) -> None:
        """A stranger finds console and shop, at the box's address, with what the TXT record should say."""
        place = Place()
        async with place.announcing(settings(more="port = 8080")), looking() as looker:
            await until(lambda: place.name == "Stall 7")
            console, shop = await found(looker, BOX, "Stall 7"), await found(looker, SHOP, "Stall 7")
        assert (console.port, shop.port) == (8443, 8080)
        assert console.parsed_addresses() == shop.parsed_addresses() == [HERE]
        assert console.server == f"stallbox-{ID}.local."
        about = {"txtvers": "1", "id": ID, "name": "Stall 7", "path": "/console"}
        assert console.decoded_properties == about
        assert shop.decoded_properties == {"path": "/"}
        assert not place.faults

    async def test_renamed_beside_a_namesake(self) -> None:
        """Of two boxes of one name the second gets another, for both of its services, and both are found."""
        first, second = Place(), Place((THERE,))
        async with first.announcing(settings()):
            await until(lambda: bool(first.name))
            async with second.announcing(settings(), "fedcba9876543210"), looking() as looker:
                await until(lambda: bool(second.name))
                assert (first.name, second.name) == ("Stall 7", "Stall 7-2")
                ids = [(await found(looker, BOX, name)).decoded_properties["id"] for name in ("Stall 7", "Stall 7-2")]
                shop = await found(looker, SHOP, "Stall 7-2")
        assert ids == [ID, "fedcba9876543210"]
        assert shop.parsed_addresses() == [THERE]

    @pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the library's, where it gives up half-way
    async def test_comes_and_goes(self) -> None:
        """A hotspot that starts after the daemon is announced on then, and no longer once it has gone.

        An address that went between looking and using it is survived.
        """
        place = Place(())
        async with place.announcing(settings()):
            await asyncio.sleep(0.1)
            assert place.name is None
            place.addresses = ("203.0.113.9",)
            await until(lambda: bool(place.faults))
            place.addresses = (HERE,)
            await until(lambda: bool(place.name))
            await until(lambda: not place.faults)
            place.addresses = ()
            await until(lambda: not place.name)
        gc.collect()

    async def test_off(self) -> None:
        """Where the settings say so nothing is opened, and the task ends."""
        place = Place()
        announcer = Announcer(
            settings(more="[announce]\non = false"), ID, place.note, place.told, lambda: place.addresses
        )
        async with asyncio.timeout(5):
            await announcer.run()
        assert place.name is None

    async def test_one_note(self, caplog: pytest.LogCaptureFixture) -> None:
        """What the network refuses is one note and one line in the log, however often; without a network none."""
        tries = 0

        class Broken(Announcer):
            async def _tell(self, announcing: AsyncZeroconf, addresses: object) -> None:
                nonlocal tries
                tries += 1
                raise OSError(errno.ENOBUFS, "No buffer space available")

        place = Place()
        task = asyncio.create_task(Broken(settings(), ID, place.note, place.told, lambda: place.addresses, 0.01).run())
        await until(lambda: tries > 2)
        assert [fault.code for fault in place.faults.values()] == ["announce"]
        assert "work all the same" in place.faults["announcer"].text
        assert caplog.text.count("cannot announce itself") == 1
        place.addresses = ()
        await until(lambda: not place.faults)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def adapters(**held: str) -> list[ifaddr.Adapter]:
    return [
        ifaddr.Adapter(name, name, [ifaddr.IP(ip, 24, name), ifaddr.IP(("fe80::1", 0, 2), 64, name)], 1)
        for name, ip in held.items()
    ]


HOTSPOT = '[hotspot]\nssid = "Stall 7"\npassphrase = "harbour-12"\ncountry = "DE"'


class TestWhere:
    @pytest.mark.parametrize(
        ("read", "expected"),
        [
            (settings(), ("10.42.0.1", "192.0.2.7")),
            (settings(listen="192.0.2.7"), ("192.0.2.7",)),
            (settings(listen="192.0.2.99"), ()),
            (settings(listen="127.0.0.1"), ()),
            (settings(more=HOTSPOT), ("10.42.0.1",)),
        ],
    )
    def test_addresses(self, read: Settings, expected: tuple[str, ...]) -> None:
        """The hotspot's alone where the box makes one; else where it listens; loopback never: nobody else is there."""
        machine = adapters(lo="127.0.0.1", wlan0="10.42.0.1", eth0="192.0.2.7")
        assert reachable_addresses(read, lambda: machine) == expected

    def test_no_hotspot_yet(self) -> None:
        """Nothing while the hotspot's interface has no address, whatever else there is."""
        assert reachable_addresses(settings(more=HOTSPOT), lambda: adapters(eth0="192.0.2.7")) == ()


def test_the_setting() -> None:
    """Announcing is on unless it is switched off, and nothing but true and false is taken."""
    assert settings().announce
    with pytest.raises(Exception, match=r"announce\.on is 'no'; it must be true or false"):
        settings(more='[announce]\non = "no"')
