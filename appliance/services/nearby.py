"""Collectors on the networks that the box is on: an organizer's laptop that announces itself by DNS-SD.

Says where one may be; whether it is one, only its greeting proves (`sending`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

COLLECTOR = "_stallbox-coll._tcp.local."  # 15 characters at most (RFC 6335 §5.1)
_RESOLVE_MS = 3000


@dataclass(frozen=True, slots=True)
class Found:
    """`name` is what it calls itself; nothing of it is proved."""

    name: str
    host: str
    port: int


class Nearby:
    """Looks while `run` runs; `found` is called on the loop for each one that comes up, also when it comes again."""

    def __init__(self, found: Callable[[Found], None], interfaces: Callable[[], list[str]]) -> None:
        self._found = found
        self._interfaces = interfaces
        self._resolving: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled; OSError where there is no network to look at: the caller tries again."""
        looking = AsyncZeroconf(interfaces=self._interfaces(), ip_version=IPVersion.V4Only)
        browser = AsyncServiceBrowser(looking.zeroconf, [COLLECTOR], handlers=[self._changed])
        try:
            await asyncio.Event().wait()
        finally:
            await browser.async_cancel()
            await looking.async_close()

    def _changed(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is not ServiceStateChange.Removed:
            task = asyncio.get_running_loop().create_task(self._resolve(zeroconf, service_type, name))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    async def _resolve(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        info = AsyncServiceInfo(service_type, name)
        if await info.async_request(zeroconf, _RESOLVE_MS) and info.port:
            for address in info.parsed_addresses(IPVersion.V4Only):
                self._found(Found(name.removesuffix(f".{service_type}"), address, info.port))
