"""The phones near the box, by address: what each was told and how far it got. Here pages and network services meet.

A phone is known by the IP address it speaks from: that is all a connection shows, and no cookie survives a sign-in
browser. Without privileges the daemon can also see the hardware address behind it (`weblib.neighbours`); only the
paired phones' are kept, so that such a phone is known again tomorrow, before it has opened the console. A phone that
has joined and has no IP address yet stands under its hardware address. All of it belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from appliance.core.probes import IDLE_S, Event, Phone, System
from appliance.core.timeline import Step, Timeline
from appliance.errors import PaperError
from appliance.files import read_limited, write_durably
from appliance.weblib.neighbours import hardware_address

_log = logging.getLogger(__name__)

MAX_VISITS = 512  # a /24 has fewer addresses
MAX_PAIRED = 16
MAX_PAST = 4096  # visits that have ended since the day was closed
_MAX_BYTES = 4096
_HARDWARE = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One phone's stay. `address`: its IP address, or its hardware address as long as it has none.

    `hardware`: the one behind its IP address when it came; None where that is not known.
    """

    address: str
    phone: Phone
    hardware: str | None = None
    timeline: Timeline = field(default_factory=Timeline)


class Visits:
    """`kept`: the file with the paired phones' hardware addresses; without one they are forgotten at the end.

    `clock`: seconds of running time, for everything that is noted here.
    """

    def __init__(
        self,
        kept: Path | None = None,
        *,
        hardware: Callable[[str], str | None] = hardware_address,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._hardware = hardware
        self.clock = clock
        self._visits: dict[str, Visit] = {}
        self._past: deque[Visit] = deque(maxlen=MAX_PAST)
        self._day_began_s = 0.0
        self._paired = _read(kept)

    def visit(self, address: str) -> Visit:
        """What the box knows of the phone at this address now; a new one where it knows nothing."""
        now = self.clock()
        visit = self._visits.get(address)
        if visit is not None and now - visit.phone.seen_s < IDLE_S:
            return visit
        hardware = self._hardware(address)
        was_paired = visit is not None and visit.phone.is_paired
        is_paired = was_paired if hardware is None else hardware in self._paired
        return Visit(address, Phone(is_paired=is_paired, seen_s=now), hardware)

    def phone(self, address: str) -> Phone:
        """How the phone at this address stands with the portal."""
        return self.visit(address).phone

    def happened(self, address: str, event: Event, system: System | None = None) -> Phone:
        """The phone after `event`, by a request that names `system`."""
        visit = self.visit(address)
        phone = visit.phone.after(event, self.clock(), system)
        self._put(replace(visit, phone=phone))
        return phone

    def note(self, address: str, step: Step, what: str = "") -> None:
        """The phone was seen to take a step. `what` holds no claim code and no token: it is shown."""
        visit, now = self.visit(address), self.clock()
        timeline = visit.timeline.noted(step, now, what)
        self._put(replace(visit, phone=replace(visit.phone, seen_s=now), timeline=timeline))

    def got_address(self, hardware: str, address: str) -> None:
        """A phone has an IP address now: what was seen of it without one belongs there from here on.

        Whoever had the address before has gone. The kernel's table may name them for a while yet.
        """
        visit = self.visit(address)
        if visit.hardware not in {None, hardware}:
            self._end(address)
            visit = Visit(address, Phone(is_paired=hardware in self._paired, seen_s=self.clock()))
        before = self._visits.pop(hardware, None)
        timeline = visit.timeline if before is None else visit.timeline.after(before.timeline)
        self._put(replace(visit, hardware=hardware, timeline=timeline))

    async def pair(self, address: str) -> None:
        """The phone at this address has used the console: it is the stall owner's, today and when it comes back."""
        visit = self.visit(address)
        self._put(replace(visit, phone=visit.phone.paired(self.clock())))
        hardware = self._hardware(address)
        if hardware is None or hardware in self._paired:
            return
        self._paired = (*self._paired, hardware)[-MAX_PAIRED:]
        await self._keep()

    def all(self) -> tuple[Visit, ...]:
        """Every phone of the last `IDLE_S`, the one that was heard of last first; this machine is none."""
        now = self.clock()
        found = [visit for visit in self._visits.values() if now - visit.phone.seen_s < IDLE_S]
        return tuple(visit for visit in reversed(found) if not _is_here(visit.address))

    def day(self) -> tuple[Visit, ...]:
        """Every visit of a buyer that began since the day was closed."""
        visits = (*self._past, *self._visits.values())
        return tuple(
            visit
            for visit in visits
            if visit.timeline.began_s > self._day_began_s and not visit.phone.is_paired and not _is_here(visit.address)
        )

    def close_day(self) -> None:
        """What begins from here on is the next day's."""
        self._past.clear()
        self._day_began_s = self.clock()

    def _put(self, visit: Visit) -> None:
        before = self._visits.get(visit.address)
        if before is not None and self.clock() - before.phone.seen_s >= IDLE_S:
            self._end(visit.address)
        self._visits.pop(visit.address, None)
        while len(self._visits) >= MAX_VISITS:
            self._end(next(iter(self._visits)))
        self._visits[visit.address] = visit

    def _end(self, address: str) -> None:
        if (visit := self._visits.pop(address, None)) is not None:
            self._past.append(visit)

    async def _keep(self) -> None:
        if self._kept is None:
            return
        text = json.dumps(self._paired) + "\n"
        try:
            await asyncio.to_thread(write_durably, self._kept, text.encode(), 0o600)
        except OSError as error:  # the phone itself works on; it may be taken for a buyer's after a restart
            _log.warning("%s cannot be written (%s): paired phones are forgotten at the end.", self._kept, error)


def _read(kept: Path | None) -> tuple[str, ...]:
    if kept is None or not kept.exists():
        return ()
    try:
        found = json.loads(read_limited(kept, _MAX_BYTES, kept.name))
    except (PaperError, ValueError) as error:  # the next pairing writes it anew
        _log.warning("%s cannot be read (%s): paired phones are forgotten.", kept, error)
        return ()
    return tuple(str(hardware) for hardware in found) if isinstance(found, list) else ()


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return _HARDWARE.fullmatch(address) is None
