"""The use cases over a data directory, for the daemon and for commands beside a box that does not run.

Knows how ledger, shelf, papers, clock and mirror come together; serves and shows nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from appliance.core import card, time_sources
from appliance.core.clock import Quality
from appliance.core.envelope import Kind
from appliance.core.keys import read_private_key
from appliance.core.status import Fault
from appliance.devices.opening import Places
from appliance.errors import PaperError, StoreError
from appliance.files import read_limited, read_secret
from appliance.folder import Folder
from appliance.services.clock import MACHINE
from appliance.services.health import Machine, look
from appliance.stall.boxclock import BoxClock, Readings
from appliance.stall.house import House
from appliance.stall.loading import editions, newest_issue
from appliance.stall.mirroring import Mirroring
from appliance.stall.stall import Stall, open_stall
from appliance.store import clock as kept_clock
from appliance.store.ledger import MAX_GROUP
from appliance.store.lock import data_lock
from appliance.store.mirror.places import mirrors_in
from appliance.store.mirror.stick import Source
from appliance.store.opening import Opening, open_ledger
from appliance.store.papers import PaperShelf
from appliance.store.reader import reading
from appliance.store.second import SecondPlace
from appliance.store.shelf import Shelf


@contextlib.asynccontextmanager
async def open_stall_in(
    path: Path, *, max_group: int = MAX_GROUP, readings: Readings = MACHINE
) -> AsyncIterator[tuple[Stall, BoxClock]]:
    """The use cases over a data directory that no other stallbox uses; StoreError `busy` where one does.

    At most `max_group` sales share a commit. `readings`: how this machine is asked for the time.
    """
    folder = Folder(path)
    settings = folder.settings()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(data_lock(path))
        key = read_private_key(read_secret(folder.keys / "box.key"))
        papers = PaperShelf(path / "papers")
        clock = clock_in(folder, papers, readings)
        second = SecondPlace(folder.keys / "second-place")
        stack.callback(second.close)
        opening = open_ledger(
            folder.ledger, second, key, editions(papers), clock.now(), lambda: secrets.randbits(32), max_group
        )
        ledger = await stack.enter_async_context(opening.ledger.committing())
        reader = await stack.enter_async_context(reading(folder.ledger))
        shelf = Shelf(path / "shelf", settings.reserve)
        house = House(settings, key, ledger, reader, shelf, papers, clock, clock.now)
        _say_restart(house, opening)
        look(house, Machine(path, settings.reserve).reading())
        source = Source(key, folder.ledger, papers, shelf, (path / "stallbox.toml").read_bytes())
        house.mirroring = Mirroring(folder.keys, _card_hash(folder), source, ledger, clock.now)
        stack.callback(house.mirroring.close)
        stall = await open_stall(house, _card_hash(folder), folder.runtime)
        await house.mirroring.look_after(mirrors_in(stick_folder()))
        if house.mirroring.forgotten.is_set():
            raise history_forgotten("mirror stick")
        house.note("mirror", house.mirroring.why_stopped)
        yield stall, clock


def clock_in(folder: Folder, papers: PaperShelf, readings: Readings) -> BoxClock:
    """The clock as it goes on: from the ledger's floor; without one, from the newest paper. Then the machine's word."""
    clock = BoxClock(kept_clock.read(folder.ledger), readings)
    if clock.now().quality is Quality.NONE:
        with contextlib.suppress(PaperError):  # a paper that no longer reads is said when it is loaded
            clock.hear(time_sources.paper(Kind.TRUST.value, newest_issue(papers)))
    clock.read_system()
    return clock


def _say_restart(house: House, opening: Opening) -> None:
    if opening.set_aside is not None:
        text = f"The ledger was damaged. It is kept as {opening.set_aside.name}; a new one goes on from here."
        house.note("ledger", Fault("recovered", text))
    elif opening.restart is not None:
        text = "The ledger had gone back in time, was changed or lost. A new one goes on; numbers in doubt are blocked."
        house.note("ledger", Fault(opening.restart, text))


def _card_hash(folder: Folder) -> str | None:
    path = folder.keys / "owner-card.json"
    return card.read_record(read_limited(path, 1024, path.name)) if path.exists() else None


def display_places(path: Path) -> Places:
    """Where the displays of a box keep what they keep."""
    folder = Folder(path)
    return Places(folder.frames, folder.runtime, MACHINE.boot_id())


def stick_folder() -> Path:
    """Where the box's units mount sticks."""
    return Path(os.environ.get("STALLBOX_STICKS", "/run/stallbox-usb"))


def history_forgotten(by: str) -> StoreError:
    return StoreError(
        "store",
        f"The {by} has sales of this box that its ledger does not hold. Started again it goes on with a new one, and "
        "numbers in doubt are blocked.",
    )
