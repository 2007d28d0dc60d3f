"""The composition root: the only file that knows every concrete class of the box.

`open_stall_in` makes the use cases over a data directory; `run` lives with them: web, screen, inbox, clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import ifaddr
from aiohttp import web

from appliance.board import Board
from appliance.core import card, time_sources
from appliance.core.clock import Quality
from appliance.core.commands import PowerOff
from appliance.core.envelope import Kind
from appliance.core.keys import read_private_key
from appliance.core.scene import DisplayHealth
from appliance.core.status import Fault
from appliance.devices.controls import Controls
from appliance.devices.gpio import open_controls
from appliance.devices.opening import Places, open_displays
from appliance.errors import DeviceError, KeyFileError, PaperError, StallboxError, StoreError
from appliance.files import read_limited, read_secret
from appliance.folder import Folder
from appliance.services import control, heartbeat, signals
from appliance.services.announce import Announcer, reachable_addresses
from appliance.services.bulletin import Bulletin
from appliance.services.buttons import ButtonMeanings
from appliance.services.clock import MACHINE, boottime_ms, keep_clock
from appliance.services.fingers import Fingers
from appliance.services.health import Machine, keep_health, look
from appliance.services.helper import Helper
from appliance.services.inbox import Inbox
from appliance.services.memory import give_back_large_buffers
from appliance.services.mirror import MirrorKeeper
from appliance.services.nearby import Nearby
from appliance.services.phones import Phones, stations_of
from appliance.services.power import Power
from appliance.services.progress import keep_progress
from appliance.services.proof import Address, answers_itself, ledger_answers, reachable
from appliance.services.scrub import scrub
from appliance.services.show import Show
from appliance.services.supervise import supervise
from appliance.services.sync import Syncer
from appliance.settings import Settings
from appliance.stall.boxclock import BoxClock, Readings
from appliance.stall.covers import Covers
from appliance.stall.house import House
from appliance.stall.loading import editions, newest_issue
from appliance.stall.mirroring import Mirroring
from appliance.stall.one_press import OnePress
from appliance.stall.stall import Stall, open_stall
from appliance.store import clock as kept_clock
from appliance.store.ledger import MAX_GROUP
from appliance.store.lock import data_lock
from appliance.store.mirror.places import mirrors_on_sticks
from appliance.store.mirror.stick import Source
from appliance.store.opening import Opening, open_ledger
from appliance.store.papers import PaperShelf
from appliance.store.reader import reading
from appliance.store.second import SecondPlace
from appliance.store.shelf import Shelf
from appliance.visits import Visits
from appliance.web.app import Faces, runner
from appliance.web.delivery import Terms
from appliance.web.pace import Pace
from appliance.web.sites import Sites
from appliance.weblib import control as control_socket
from appliance.weblib import listeners
from appliance.weblib.listeners import Handed
from appliance.weblib.named import Named, read_named, serve_by_name
from appliance.weblib.tls import console_context

_log = logging.getLogger(__name__)
DOWNLOADS_END_S = 20.0
_SOON_S = 2.5  # without downloads the box stops sooner, and e-paper would only begin to say so
PHONES = "stallbox-phones"  # the pipe that `stallbox-phones.socket` holds


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
        house.mirroring = Mirroring(folder.keys, _card_hash(folder), source, ledger)
        stack.callback(house.mirroring.close)
        stall = await open_stall(house, _card_hash(folder), folder.runtime)
        await house.mirroring.look_after(mirrors_on_sticks())
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
        gone_on = Fault(
            opening.restart,
            "The ledger had gone back in time, was changed or lost. A new one goes on; numbers in doubt are blocked.",
        )
        house.note("ledger", gone_on)


def _card_hash(folder: Folder) -> str | None:
    path = folder.keys / "owner-card.json"
    return card.read_record(read_limited(path, 1024, path.name)) if path.exists() else None


async def run(path: Path, ready: Callable[[Settings], None]) -> None:
    """The box, until SIGTERM or SIGINT; running downloads then get 20 s. `ready` is told when it serves."""
    give_back_large_buffers()
    stop = _stopping()
    board = Board()
    power = Power(board, stop, Helper())
    board.serve(PowerOff, power.switch_off)
    async with contextlib.AsyncExitStack() as stack:
        stall, _ = await stack.enter_async_context(open_stall_in(path))
        house = stall.house
        bulletin = Bulletin(board, stall.stock.status, stall.close.is_closed)
        assert house.mirroring is not None, "every box has one"
        keeper = MirrorKeeper(house.mirroring, board, house.note, mirrors_on_sticks)

        def committed() -> None:
            bulletin.changed()
            keeper.changed()

        house.ledger.on_commit = committed
        stall.invitations.serve_on(board)
        displays = stack.enter_context(open_displays(house.settings.displays, display_places(path)))
        controls = stack.enter_context(open_controls(house.settings.header, boottime_ms))
        inbox = Inbox(path / "inbox", stall.papers.ingest, house.note)
        handed = listeners.handed_over(os.environ, os.getpid())
        visits = Visits(Folder(path).paired_phones)
        phones = _phones(house, visits, listeners.pipe(handed, PHONES), bulletin.changed)
        announcer = Announcer(house.settings, house.box_id, house.note)
        show = Show(
            house.settings.name,
            board,
            displays,
            boottime_ms,
            _reporting(house, board),
            cover=Covers(house.shelf.open).of,
        )
        async with _told_plainly(), asyncio.TaskGroup() as group:
            async with _serving(stall, path, board, visits, handed, keeper.routes()) as shop:
                tasks = [
                    group.create_task(bulletin.run(), name="bulletin"),
                    group.create_task(heartbeat.beat(_proof(house, shop, stop)), name="heartbeat"),
                    group.create_task(_begin_anew(stall.acknowledgements.contradicted, "organizer"), name="history"),
                ]
                extras = {
                    "list of phones": phones.watch,
                    "log of the Wi-Fi": phones.hear,
                    "display": show.run,
                    "inbox": inbox.run,
                    "mirror": keeper.run,
                    "files on the mirror": keeper.run_files,
                    "announcer": announcer.run,
                    **_syncing(stall, board, path),
                    **_on_header(controls, stall, board, stop),
                    "clock": lambda: keep_clock(house),
                    "watch on the machine": lambda: keep_health(
                        house, Machine(path, house.settings.reserve), bulletin.changed
                    ),
                    "progress": lambda: keep_progress(stall.deliveries.keep_progress),
                    "scrub": lambda: scrub(
                        lambda: tuple(stall.catalogue.files), house.shelf.is_whole, stall.papers.quarantine
                    ),
                }
                tasks += [
                    group.create_task(supervise(name, start, house.note), name=name) for name, start in extras.items()
                ]
                ready(house.settings)
                heartbeat.notify("READY=1")
                await stop.wait()
                heartbeat.notify("STOPPING=1")
                asyncio.get_running_loop().call_later(_SOON_S, partial(board.change, is_stopping=True))
            await power.let_go()
            for task in tasks:
                task.cancel()
    await power.cut()


def _syncing(stall: Stall, board: Board, path: Path) -> dict[str, Callable[[], Awaitable[None]]]:
    """What brings the log to the collector, and what looks for an organizer's laptop on the box's networks."""
    settings = stall.house.settings
    syncer = Syncer(stall, board, path)
    found: dict[str, Callable[[], Awaitable[None]]] = {"sync": syncer.run}
    if settings.sync.local:
        nearby = Nearby(syncer.found, syncer.gone, partial(reachable_addresses, settings, ifaddr.get_adapters))
        found["watch for collectors nearby"] = nearby.run
    return found


async def _begin_anew(contradicted: asyncio.Event, by: str) -> None:
    """Ends the process when its history turns out not to be the newest: the next start goes on in another."""
    await contradicted.wait()
    raise _forgotten(by)


def _forgotten(by: str) -> StoreError:
    return StoreError(
        "store",
        f"The {by} has sales of this box that its ledger does not hold. Started again it goes on with a new one, and "
        "numbers in doubt are blocked.",
    )


def _on_header(
    controls: Controls, stall: Stall, board: Board, stop: asyncio.Event
) -> dict[str, Callable[[], Awaitable[None]]]:
    """What watches the buttons and drives lamp and buzzer, as far as they are there."""
    house = stall.house
    house.buttons = controls.buttons.names
    for name, error in controls.faults:
        house.note(name, Fault(error.code, error.detail))
    sales = OnePress(stall.seller, stall.undo, stall.catalogue, house.settings.header.drop)
    meanings = ButtonMeanings(board, sales, boottime_ms, stop.is_set)
    fingers = Fingers(controls.buttons, meanings.all(), boottime_ms)
    found: dict[str, Callable[[], Awaitable[None]]] = {"watch on the buttons": fingers.run}
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


def display_places(path: Path) -> Places:
    """Where the displays of a box keep what they keep."""
    folder = Folder(path)
    return Places(folder.frames, folder.runtime, MACHINE.boot_id())


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


def _certificate(house: House, keys: Path) -> Named | None:
    """The certificate for the box's own name; one that cannot be used is said, and the box works without it."""
    name = house.settings.portal.name
    try:
        return read_named(keys, name) if name else None
    except KeyFileError as error:
        house.note("certificate", Fault(error.code, error.detail))
        return None


@contextlib.asynccontextmanager
async def _serving(
    stall: Stall,
    path: Path,
    board: Board,
    visits: Visits,
    held: Sequence[Handed],
    commands: Sequence[web.RouteDef],
) -> AsyncIterator[Address]:
    """Shop, console and control socket, open from here on; on the way out running downloads get their time.

    Gives the address at which the shop answers.
    """
    settings = stall.house.settings.web
    terms = Terms(stall.house.shelf.open, Pace())
    named = _certificate(stall.house, Folder(path).keys)

    def is_certified() -> bool:
        now = stall.house.now()
        return named is not None and named.serves(now.lo, now.hi)

    faces = Faces(stall, terms, board, visits, is_certified=is_certified)
    control_app = faces.control()
    control_app.add_routes([*control.routes(stall, faces.footfall, board), *commands])
    tls = console_context(Folder(path).keys, [settings.public, "localhost", "127.0.0.1"], stall.house.now().lo)
    if named is not None:
        serve_by_name(tls, named, is_certified)
    sites = Sites(_held(stall.house, held))
    apps = [sites.watch(faces.shop()), sites.watch(faces.console()), control_app]
    runners = [runner(app, shutdown_s=DOWNLOADS_END_S) for app in apps]
    try:
        for each in runners:
            await each.setup()
        shop, console, terminal = runners
        try:
            await sites.open(shop, settings.listen, settings.port)
            await sites.open(console, settings.listen, settings.console_port, tls)
        except OSError as error:
            raise StoreError(
                "store", f"Port {settings.port} or {settings.console_port} cannot be used ({error.strerror})."
            ) from error
        await web.SockSite(terminal, control_socket.listen(path)).start()
        yield reachable(shop.addresses[0])
        await sites.leave()
    finally:
        await asyncio.gather(*(each.cleanup() for each in runners))


def _held(house: House, handed: Sequence[Handed]) -> dict[int, socket.socket]:
    """The sockets that systemd holds for this box, by port; one that the settings do not name is said, and closed."""
    held = listeners.take(each for each in handed if each.name != PHONES)
    wanted = {house.settings.web.port, house.settings.web.console_port}
    for port in held.keys() - wanted:
        held.pop(port).close()
        text = (
            f"systemd listens on port {port} for this box, but stallbox.toml does not name it. Make both say the same."
        )
        house.note(f"port {port}", Fault("settings", text))
    return held
