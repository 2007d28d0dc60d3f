"""Announces shop and console to the network by DNS-SD (RFC 6763), under the box's name, for who looks without a code.

Only where the box serves: on the hotspot's interface, else on the addresses that it listens at. They may come late and
go again. Nothing that goes wrong here is a reason not to sell: it is one note.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address

import ifaddr
import zeroconf
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.core.dns_sd import instance_name
from appliance.core.status import Fault
from appliance.settings import Settings

BOX = "_stallbox._tcp.local."
SHOP = "_http._tcp.local."
PERIOD_S = 5.0
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # as settings write it

_log = logging.getLogger(__name__)

Note = Callable[[str, Fault | None], None]
Addresses = Callable[[], Sequence[str]]


def reachable_addresses(settings: Settings, adapters: Callable[[], Iterable[ifaddr.Adapter]]) -> tuple[str, ...]:
    """Where others can reach this box now: IPv4 alone, since it listens on nothing else; never loopback."""
    listen = settings.web.listen
    hotspot = settings.hotspot
    held = [
        str(ip.ip)
        for adapter in adapters()
        if hotspot is None or adapter.name == hotspot.interface
        for ip in adapter.ips
        if ip.is_IPv4
    ]
    return tuple(sorted({ip for ip in held if listen in {_EVERYWHERE, ip} and not IPv4Address(ip).is_loopback}))


class Announcer:
    """`addresses`: where the box can be reached at the moment.

    `told` hears under which name the box is found, which is another where a namesake was there first; None: under none.
    """

    def __init__(
        self,
        settings: Settings,
        box: str,
        note: Note,
        told: Callable[[str | None], None],
        addresses: Addresses | None = None,
        period_s: float = PERIOD_S,
    ) -> None:
        self._settings = settings
        self._box = box
        self._note = note
        self._told = told
        self._addresses = addresses or (lambda: reachable_addresses(settings, ifaddr.get_adapters))
        self._period_s = period_s
        self._trouble: str | None = None

    async def run(self) -> None:
        """Announces until it is cancelled, anew whenever the addresses change; then takes its word back."""
        while self._settings.announce:
            addresses = tuple(self._addresses())
            if addresses:
                await self._serve(addresses)
            else:
                self._say(None)
            await asyncio.sleep(self._period_s)

    async def _serve(self, addresses: tuple[str, ...]) -> None:
        """While the box has exactly these addresses."""
        try:
            announcing = AsyncZeroconf(interfaces=list(addresses), ip_version=IPVersion.V4Only)
        except OSError as error:
            self._fail(error)
            return
        try:
            await self._tell(announcing, addresses)
            self._say(None)
            while tuple(self._addresses()) == addresses:  # noqa: ASYNC110  # nobody tells when they change
                await asyncio.sleep(self._period_s)
        except (OSError, zeroconf.Error) as error:
            self._fail(error)
        finally:
            await announcing.async_close()
            self._told(None)

    async def _tell(self, announcing: AsyncZeroconf, addresses: Sequence[str]) -> None:
        """Each service after the other, so that the shop bears the name that the box got."""
        name = instance_name(self._settings.name, "stallbox")
        for service, port, properties in self._services():
            info = self._info(service, name, port, properties, addresses)
            # The second await: until the announcement is on the air.
            await (await announcing.async_register_service(info, allow_name_change=True))
            name = info.name.removesuffix(f".{service}")
        self._told(name)
        _log.info("announced as “%s” at %s", name, ", ".join(addresses))

    def _services(self) -> list[tuple[str, int, dict[str, str]]]:
        web = self._settings.web
        about = {"txtvers": "1", "id": self._box, "name": self._settings.name, "path": "/console"}
        return [(BOX, web.console_port, about), (SHOP, web.port, {"path": "/"})]

    def _info(
        self, service: str, name: str, port: int, properties: dict[str, str], addresses: Sequence[str]
    ) -> ServiceInfo:
        return AsyncServiceInfo(
            service,
            f"{name}.{service}",
            port=port,
            properties=properties,
            server=f"stallbox-{self._box}.local.",  # no two boxes have one id
            parsed_addresses=list(addresses),
        )

    def _fail(self, error: Exception) -> None:
        self._say(
            f"The box cannot announce itself on the network ({error}). Its codes and addresses work all the same."
        )

    def _say(self, trouble: str | None) -> None:
        """What is wrong, once, however often it is tried."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble is not None:
            _log.warning("%s", trouble)
        self._note("announcer", Fault("announce", trouble) if trouble else None)
