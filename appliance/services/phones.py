"""Watches the Wi-Fi: which phones have joined it, which got an address, which names they ask for.

Where each fact comes from, and why a daemon without privileges gets it:

- *Joined*: the radio driver's list of stations. The kernel gives it to every account, since nl80211's GET_STATION asks
  for no capability, and `iw` reads it out. An access point of its own keeps its list to itself.
- *Got an address*, *asked for names*: dnsmasq's log. Its lease file is root's alone and says nothing of names, so the
  hotspot lets it log into a pipe that systemd holds for the box (`stallbox-phones.socket`): nothing reaches the disk.
- *Got an address* also where that line was missed, as after a restart: the kernel's neighbour table, open to everybody.

Of all names only those are kept that a system asks for by itself: what else a phone asks is its owner's business.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping

from appliance.core import probes
from appliance.core.sightings import Lease, Query, read_log, read_stations
from appliance.core.status import Fault, Seats
from appliance.core.timeline import Step
from appliance.errors import DeviceError
from appliance.stall.house import House
from appliance.visits import Visits
from appliance.weblib.neighbours import neighbours

PERIOD_S = 3.0
_IW_S = 10.0
_PIECE = 65536
_LINE = 4096  # four times what dnsmasq writes
_MAX_ADDRESSES = 1024

Stations = Callable[[], Awaitable[frozenset[str]]]


def stations_of(interface: str) -> Stations:
    """Asks the radio for the hardware addresses of the phones that are associated. DeviceError where it cannot be."""

    async def ask() -> frozenset[str]:
        command = ("iw", "dev", interface, "station", "dump")
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise DeviceError("device", f"iw cannot be started ({error.strerror})") from error
        try:
            async with asyncio.timeout(_IW_S):
                listed, said = await process.communicate()
        except TimeoutError as error:
            raise DeviceError("device", f"the radio has not answered for {_IW_S:.0f} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise DeviceError("device", f"iw says: {said.decode(errors='replace').strip()}")
        return read_stations(listed.decode(errors="replace"))

    return ask


class Phones:
    """`stations`: None where the radio is not the box's own. `log`: the pipe with dnsmasq's log, where one is held.

    `seated` hears when somebody joined or left.
    """

    def __init__(
        self,
        house: House,
        visits: Visits,
        stations: Stations | None,
        log: int | None,
        seated: Callable[[], None],
        *,
        neighbours: Callable[[], Mapping[str, str]] = neighbours,
        period_s: float = PERIOD_S,
    ) -> None:
        self._house = house
        self._visits = visits
        self._stations = stations
        self._log = log
        self._seated = seated
        self._neighbours = neighbours
        self._period_s = period_s
        self._present: frozenset[str] = frozenset()
        self._rest = b""  # of a line that has not ended
        self._addresses: dict[str, str] = {}  # hardware address → IP address

    async def watch(self) -> None:
        """Asks the radio again and again, until it is cancelled. DeviceError where it cannot be asked."""
        while self._stations is not None:
            self._see(await self._stations())
            await asyncio.sleep(self._period_s)

    def _see(self, present: frozenset[str]) -> None:
        for hardware in present - self._present:
            self._visits.note(self._addresses.get(hardware, hardware), Step.JOINED)
        for address, hardware in self._neighbours().items():
            if hardware in present and hardware not in self._addresses:
                self._has_address(hardware, address)
        if present != self._present or self._house.seats is None:
            self._seat(len(present))
        self._present = present

    def _seat(self, taken: int) -> None:
        hotspot = self._house.settings.hotspot
        of = hotspot.seats if hotspot else None
        self._house.seats = Seats(taken, of)
        is_full = of is not None and taken >= of
        text = f"All {of} places on the Wi-Fi are taken. Ask those who have their files to leave it."
        self._house.note("seats", Fault("seats-taken", text) if is_full else None)
        self._seated()

    async def hear(self) -> None:
        """Takes dnsmasq's lines as they come, until it is cancelled.

        Whatever the radio says: dnsmasq stands still once nobody reads its log and the pipe is full.
        """
        if self._log is None:
            return
        loop = asyncio.get_running_loop()
        os.set_blocking(self._log, False)
        loop.add_reader(self._log, self._hear, self._log)
        try:
            await asyncio.Event().wait()
        finally:
            loop.remove_reader(self._log)

    def _hear(self, pipe: int) -> None:
        *lines, rest = (self._rest + os.read(pipe, _PIECE)).split(b"\n")
        self._rest = rest[-_LINE:]
        for line in lines:
            self._heard(line.decode(errors="replace"))

    def _heard(self, line: str) -> None:
        match read_log(line):
            case Lease(address, hardware):
                self._has_address(hardware, address)
            case Query(address, name):
                self._asked(address, name)
            case None:
                pass

    def _has_address(self, hardware: str, address: str) -> None:
        self._addresses = {one: its for one, its in self._addresses.items() if its != address and one != hardware}
        self._addresses[hardware] = address
        while len(self._addresses) > _MAX_ADDRESSES:
            del self._addresses[next(iter(self._addresses))]
        self._visits.got_address(hardware, address)
        self._visits.note(address, Step.LEASE)

    def _asked(self, address: str, name: str) -> None:
        before = self._visits.visit(address).timeline.moments.get(Step.DNS)
        is_a_systems = probes.find(name, "", "", own=False) is not None
        self._visits.note(address, Step.DNS, name if is_a_systems else before.what if before else "")
