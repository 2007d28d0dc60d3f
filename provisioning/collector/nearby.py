"""A collector on a laptop that joins the boxes' networks: a TLS key of its own, a name by DNS-SD, an end.

Boxes believe neither the name nor the certificate, but the greeting that a cosigner signs over it (FORMATS §6).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import ifaddr
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.core.dns_sd import instance_name
from appliance.core.hello import SERVICE
from appliance.core.keys import PrivateKey
from appliance.files import write_durably
from appliance.weblib.console_key import make_pem
from provisioning.collector.ingest import Taken
from provisioning.collector.reception import Heard
from provisioning.collector.serve import Place, check_port, serving

PERIOD_S = 2.0
QUIET_S = 5.0
_PATIENCE = 6  # times as quiet, where something is lacking
_DAY = 24 * 3600

Addresses = Callable[[], Sequence[str]]


class Quiet:
    """Who was heard, and whether all of them have brought what they have: nobody has anything more for a while."""

    def __init__(self, told: Heard, is_ours: Callable[[str], bool], quiet_s: float = QUIET_S) -> None:
        self._told = told
        self._is_ours = is_ours
        self._quiet_s = quiet_s
        self._lacking: dict[str, bool] = {}
        self._brought: set[str] = set()
        self._strangers: set[str] = set()
        self._at = 0.0

    @property
    def silent(self) -> frozenset[str]:
        """The boxes of ours that were here and brought nothing."""
        return frozenset(self._lacking) - self._brought

    def heard(self, box: str, taken: Taken | None) -> None:
        """A box of another event is told of once, and not waited for."""
        if not self._is_ours(box):
            if box not in self._strangers:
                self._strangers.add(box)
                self._told(box, taken)
            return
        if taken is not None:
            self._brought.add(box)
        self._at = time.monotonic()
        self._lacking[box] = bool(taken.missing) if taken is not None else self._lacking.get(box, False)
        self._told(box, taken)

    async def wait(self) -> None:
        """Until at least one box was heard, none of them lacks anything, and all are quiet.

        What is lacking and long does not come, nobody here has.
        """
        while not self._is_over():  # noqa: ASYNC110  # silence is no event
            await asyncio.sleep(self._quiet_s / 10)

    def _is_over(self) -> bool:
        patience = _PATIENCE if any(self._lacking.values()) else 1
        return bool(self._lacking) and time.monotonic() - self._at >= self._quiet_s * patience


async def run(
    place: Place,
    key: PrivateKey,
    name: str,
    *,
    told: Heard,
    ready: Callable[[str], None],
    is_once: bool,
    is_ours: Callable[[str], bool] = lambda _: True,
    addresses: Addresses | None = None,
    quiet_s: float = QUIET_S,
) -> frozenset[str]:
    """Until SIGTERM or SIGINT; where `is_once`, until every box that was heard has nothing more.

    `name` is what it calls itself, `told` hears of the boxes and `ready` the address of the dashboard; `is_ours` knows
    the boxes of this event. The boxes that were here and brought nothing.
    """
    quiet = Quiet(told, is_ours, quiet_s)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    check_port(place)
    place = replace(place, tls=_key_in(place.folder, int(time.time())))
    where = addresses or reachable_addresses
    async with (
        serving(place, key, lambda: int(time.time()), quiet.heard) as address,
        announced(name, int(address.rpartition(":")[2]), where),
    ):
        ready(address)
        ends: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
        if is_once:
            ends.append(asyncio.create_task(quiet.wait()))
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
    return quiet.silent


def reachable_addresses(adapters: Callable[[], Iterable[ifaddr.Adapter]] = ifaddr.get_adapters) -> tuple[str, ...]:
    """This computer's IPv4 addresses, on whatever network it is now; never loopback."""
    held = {str(ip.ip) for adapter in adapters() for ip in adapter.ips if ip.is_IPv4}
    return tuple(sorted(ip for ip in held if not IPv4Address(ip).is_loopback))


@contextlib.asynccontextmanager
async def announced(name: str, port: int, addresses: Addresses, period_s: float = PERIOD_S) -> AsyncIterator[None]:
    """While it is open boxes find this collector, on whatever networks it comes to."""
    task = asyncio.create_task(_announce(name, port, addresses, period_s))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _announce(name: str, port: int, addresses: Addresses, period_s: float) -> None:
    while True:
        held = tuple(addresses())
        if held:
            with contextlib.suppress(OSError):  # a network that has just gone: looked at again in a moment
                await _announce_at(held, instance_name(name, "collector"), port, addresses, period_s)
        await asyncio.sleep(period_s)


async def _announce_at(held: tuple[str, ...], label: str, port: int, addresses: Addresses, period_s: float) -> None:
    """While the computer has exactly these addresses. A namesake on the network gets another name (RFC 6762 §9)."""
    announcing = AsyncZeroconf(interfaces=list(held), ip_version=IPVersion.V4Only)
    try:
        info = AsyncServiceInfo(
            SERVICE,
            f"{label}.{SERVICE}",
            port=port,
            properties={"txtvers": "1"},
            server=f"stallbox-collector-{secrets.token_hex(4)}.local.",
            parsed_addresses=list(held),
        )
        await (await announcing.async_register_service(info, allow_name_change=True))
        while tuple(addresses()) == held:  # noqa: ASYNC110  # nobody tells when they change
            await asyncio.sleep(period_s)
    finally:
        await announcing.async_close()


def _key_in(folder: Path, now: int) -> Path:
    """A fresh key and certificate, which nobody needs to know in advance."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "nearby.pem"
    write_durably(path, make_pem(["stallbox-collector.local"], now - _DAY, now + 30 * _DAY), 0o600)
    return path
