"""Collectors on the networks that the box is on: an organizer's laptop that announces itself by DNS-SD.

Says where one may be; whether it is one, only its greeting proves (`sending`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from appliance.core.hello import SERVICE
from appliance.services.sending import Found

_RESOLVE_MS = 3000
_PERIOD_S = 5.0
_MAX_HOSTS = 8
_MOST_AT_ONCE = 16


class Nearby:
    """Looks while `run` runs, wherever the box has `addresses`; `found` and `gone` are called on the loop.

    One that comes up again is found again; `gone` hears its name.
    """

    def __init__(
        self,
        found: Callable[[Found], None],
        gone: Callable[[str], None],
        addresses: Callable[[], Sequence[str]],
        period_s: float = _PERIOD_S,
    ) -> None:
        self._found = found
        self._gone = gone
        self._addresses = addresses
        self._period_s = period_s
        self._resolving: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled, anew whenever the addresses change."""
        while True:
            addresses = tuple(self._addresses())
            if addresses:
                with contextlib.suppress(OSError):  # an address that has just gone: looked at again in a moment
                    await self._look(addresses)
            await asyncio.sleep(self._period_s)

    async def _look(self, addresses: Sequence[str]) -> None:
        looking = AsyncZeroconf(interfaces=list(addresses), ip_version=IPVersion.V4Only)
        browser = AsyncServiceBrowser(looking.zeroconf, [SERVICE], handlers=[self._changed])
        try:
            while tuple(self._addresses()) == addresses:  # noqa: ASYNC110  # nobody tells when they change
                await asyncio.sleep(self._period_s)
        finally:
            await browser.async_cancel()
            await looking.async_close()

    def _changed(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is ServiceStateChange.Removed:
            self._gone(_plain(name, service_type))
            return
        if len(self._resolving) >= _MOST_AT_ONCE:
            return  # somebody floods the network; who is meant comes up again
        task = asyncio.get_running_loop().create_task(self._resolve(zeroconf, service_type, name))
        self._resolving.add(task)
        task.add_done_callback(self._resolving.discard)

    async def _resolve(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        info = AsyncServiceInfo(service_type, name)
        if await info.async_request(zeroconf, _RESOLVE_MS) and info.port:
            hosts = tuple(info.parsed_addresses(IPVersion.V4Only)[:_MAX_HOSTS])
            self._found(Found(_plain(name, service_type), hosts, info.port))


def _plain(name: str, service_type: str) -> str:
    return name.removesuffix(f".{service_type}")
