"""The composition root: `run` puts premises, faces, devices and tasks together, and lives with them.

With `premises` and `serving` it is all that knows the concrete classes of the box.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import ifaddr

from appliance.board import Board
from appliance.core.commands import PowerOff
from appliance.core.scene import DisplayHealth
from appliance.core.status import Fault
from appliance.devices.controls import Controls
from appliance.devices.display import Display
from appliance.devices.gpio import open_controls
from appliance.devices.mounts import Mounts
from appliance.devices.opening import open_displays
from appliance.errors import DeviceError, StallboxError
from appliance.folder import Folder
from appliance.premises import display_places, history_forgotten, open_stall_in, stick_folder
from appliance.screens.plain import OPENING
from appliance.services import heartbeat, signals
from appliance.services.announce import Announcer, reachable_addresses
from appliance.services.bulletin import Bulletin
from appliance.services.buttons import ButtonMeanings
from appliance.services.clock import boottime_ms, keep_clock
from appliance.services.fingers import Fingers
from appliance.services.health import Machine, keep_health
from appliance.services.helper import Helper
from appliance.services.inbox import Inbox
from appliance.services.memory import give_back_large_buffers
from appliance.services.mirror import MirrorKeeper
from appliance.services.nearby import Nearby
from appliance.services.phones import Phones, stations_of
from appliance.services.power import Power
from appliance.services.progress import keep_progress
from appliance.services.proof import Address, answers_itself, ledger_answers
from appliance.services.scrub import scrub
from appliance.services.show import Show
from appliance.services.stick_notices import Notices
from appliance.services.sticks import Sticks
from appliance.services.supervise import supervise
from appliance.services.sync import Syncer
from appliance.serving import PHONES, serving
from appliance.settings import Settings
from appliance.stall.carrying import Carrying
from appliance.stall.covers import Covers
from appliance.stall.house import House
from appliance.stall.one_press import OnePress
from appliance.stall.stall import Stall
from appliance.visits import Visits
from appliance.weblib import listeners

_log = logging.getLogger(__name__)

Tasks = dict[str, Callable[[], Awaitable[None]]]
"""What is started and supervised, by the name that a fault bears."""

_SOON_S = 2.5  # without downloads the box stops sooner, and e-paper would only begin to say so


async def run(path: Path, ready: Callable[[Settings], None]) -> None:
    """The box, until SIGTERM or SIGINT; running downloads then get 20 s. `ready` is told when it serves."""
    give_back_large_buffers()
    stop = _stopping()
    board = Board()
    board.change(starting=OPENING)
    helper = Helper()
    power = Power(board, stop, helper)
    board.serve(PowerOff, power.switch_off)
    async with contextlib.AsyncExitStack() as stack:
        stall, _ = await stack.enter_async_context(open_stall_in(path))
        house = stall.house
        bulletin = Bulletin(board, stall.stock.status, stall.close.is_closed)
        stall.invitations.serve_on(board)
        displays = stack.enter_context(open_displays(house.settings.displays, display_places(path)))
        controls = stack.enter_context(open_controls(house.settings.header, boottime_ms))
        inbox = Inbox(path / "inbox", stall.papers.ingest, house.note)
        sticks = _sticks(stall, board, helper)
        sticks.serve_on(board)
        keeper = _keeper(house, board, sticks, bulletin.changed)
        handed = listeners.handed_over(os.environ, os.getpid())
        visits = Visits(Folder(path).paired_phones)
        phones = _phones(house, visits, listeners.pipe(handed, PHONES), bulletin.changed)
        announcer = Announcer(house.settings, house.box_id, house.note, lambda name: board.change(announced=name))
        show = _show(house, board, displays)
        async with _told_plainly(), asyncio.TaskGroup() as group:
            async with serving(stall, path, board, visits, handed, keeper.routes()) as shop:
                tasks = [
                    group.create_task(bulletin.run(), name="bulletin"),
                    group.create_task(heartbeat.beat(_proof(house, shop, stop)), name="heartbeat"),
                    group.create_task(_begin_anew(stall.acknowledgements.contradicted, "organizer"), name="history"),
                    group.create_task(_begin_anew(keeper.forgotten, "mirror stick"), name="history on the mirror"),
                ]
                extras = {
                    "list of phones": phones.watch,
                    "log of the Wi-Fi": phones.hear,
                    "display": show.run,
                    "inbox": inbox.run,
                    "watch on sticks": sticks.run,
                    "mirror": keeper.run,
                    "files on the mirror": keeper.run_files,
                    "announcer": announcer.run,
                    **_syncing(stall, board, path),
                    **_on_header(controls, stall, board, stop),
                    **_upkeep(stall, path, bulletin.changed),
                }
                tasks += [
                    group.create_task(supervise(name, start, house.note), name=name) for name, start in extras.items()
                ]
                ready(house.settings)
                board.change(starting=None)
                heartbeat.notify("READY=1")
                await stop.wait()
                heartbeat.notify("STOPPING=1")
                asyncio.get_running_loop().call_later(_SOON_S, partial(board.change, is_stopping=True))
            await power.let_go()
            for task in tasks:
                task.cancel()
    await power.cut()


def _show(house: House, board: Board, displays: Sequence[Display]) -> Show:
    report = _reporting(house, board)
    return Show(house.settings.name, board, displays, boottime_ms, report, cover=Covers(house.shelf.open).of)


def _upkeep(stall: Stall, path: Path, changed: Callable[[], None]) -> Tasks:
    """What looks after clock, machine, claims and shelf."""
    house, machine = stall.house, Machine(path, stall.house.settings.reserve)
    return {
        "clock": lambda: keep_clock(house),
        "watch on the machine": lambda: keep_health(house, machine, changed),
        "progress": lambda: keep_progress(stall.deliveries.keep_progress),
        "scrub": lambda: scrub(lambda: tuple(stall.catalogue.files), house.shelf.is_whole, stall.papers.quarantine),
    }


def _syncing(stall: Stall, board: Board, path: Path) -> Tasks:
    """What brings the log to the collector, and what looks for an organizer's laptop on the box's networks."""
    settings = stall.house.settings
    syncer = Syncer(stall, board, path)
    found: Tasks = {"sync": syncer.run}
    if settings.sync.local:
        nearby = Nearby(syncer.found, syncer.gone, partial(reachable_addresses, settings, ifaddr.get_adapters))
        found["watch for collectors nearby"] = nearby.run
    return found


def _keeper(house: House, board: Board, sticks: Sticks, changed: Callable[[], None]) -> MirrorKeeper:
    assert house.mirroring is not None, "every box has one"
    keeper = MirrorKeeper(house.mirroring, board, house.note, sticks, changed)
    keeper.serve_on(board)

    def committed() -> None:
        changed()
        keeper.changed()

    house.ledger.on_commit = committed
    return keeper


def _sticks(stall: Stall, board: Board, helper: Helper) -> Sticks:
    carrying = Carrying(stall.house.box_id, stall.papers, stall.acknowledgements, stall.outbox)
    return Sticks(Mounts(stick_folder()), carrying, helper, Notices(board, stall.house.note, boottime_ms))


async def _begin_anew(contradicted: asyncio.Event, by: str) -> None:
    """Ends the process when its history turns out not to be the newest: the next start goes on in another."""
    await contradicted.wait()
    raise history_forgotten(by)


def _on_header(controls: Controls, stall: Stall, board: Board, stop: asyncio.Event) -> Tasks:
    """What watches the buttons and drives lamp and buzzer, as far as they are there."""
    house = stall.house
    house.buttons = controls.buttons.names
    for name, error in controls.faults:
        house.note(name, Fault(error.code, error.detail))
    sales = OnePress(stall.seller, stall.undo, stall.catalogue, house.settings.header.drop)
    meanings = ButtonMeanings(board, sales, boottime_ms, stop.is_set)
    fingers = Fingers(controls.buttons, meanings.all(), boottime_ms)
    found: Tasks = {"watch on the buttons": fingers.run}
    if controls.lamp is not None:
        found["light of the lamp"] = partial(signals.light, board, controls.lamp, boottime_ms)
    if controls.buzzer is not None:
        found["sound of the buzzer"] = partial(signals.sound, board, controls.buzzer)
    return found


@contextlib.asynccontextmanager
async def _told_plainly() -> AsyncIterator[None]:
    """Raises the refusal that ended a task group as itself; what is no refusal stays in its group."""
    try:
        yield
    except ExceptionGroup as group:
        refusals, others = group.split(StallboxError)
        if refusals is None or others is not None:
            raise
        first: BaseException = refusals
        while isinstance(first, ExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def _proof(house: House, shop: Address, stop: asyncio.Event) -> Callable[[], Awaitable[bool]]:
    async def lives() -> bool:
        """Ledger and shop answer; the shop of a box that stops does not, while its downloads end."""
        return await ledger_answers(lambda: house.ledger.prove(house.now())) and (
            stop.is_set() or await answers_itself(shop)
        )

    return lives


def _stopping() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _reporting(house: House, board: Board) -> Callable[[int, DeviceError | None], None]:
    health = [DisplayHealth(display.kind) for display in house.settings.displays]
    board.change(displays=tuple(health))

    def report(place: int, error: DeviceError | None) -> None:
        health[place] = replace(health[place], fault=error.detail if error else None)
        board.change(displays=tuple(health))
        house.note(f"display {place}", Fault(error.code, error.detail) if error else None)

    return report


def _phones(house: House, visits: Visits, log: int | None, seated: Callable[[], None]) -> Phones:
    hotspot = house.settings.hotspot
    return Phones(house, visits, stations_of(hotspot.interface) if hotspot and hotspot.radio else None, log, seated)
