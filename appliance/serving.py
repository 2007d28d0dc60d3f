"""Shop, console and control socket of a running box: which sockets they have, and that downloads end first.

Knows the faces and the listeners, and no task beside them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aiohttp import web

from appliance.board import Board
from appliance.core.status import Fault
from appliance.errors import KeyFileError, StoreError
from appliance.folder import Folder
from appliance.services.control import ControlFace
from appliance.services.proof import Address, reachable
from appliance.stall.house import House
from appliance.stall.stall import Stall
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

DOWNLOADS_END_S = 20.0
PHONES = "stallbox-phones"  # the pipe that `stallbox-phones.socket` holds


@contextlib.asynccontextmanager
async def serving(
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
    control_app.add_routes([*ControlFace(stall, faces.footfall, board).routes(), *commands])
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


def _certificate(house: House, keys: Path) -> Named | None:
    """The certificate for the box's own name; one that cannot be used is said, and the box works without it."""
    name = house.settings.portal.name
    try:
        return read_named(keys, name) if name else None
    except KeyFileError as error:
        house.note("certificate", Fault(error.code, error.detail))
        return None


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
