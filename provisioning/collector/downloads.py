"""Files out of the collector: exports as streams, receipts, tokens and checkpoints one by one. Behind the login."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from appliance.errors import RequestError
from appliance.weblib.disposition import content_disposition
from provisioning.collector import database, evidence, exports
from provisioning.collector.dashboard import LEDGER, log_of
from provisioning.collector.house import House
from provisioning.collector.login import Login

T = TypeVar("T")
_LINES = 1000  # at a time: a hundred kilobytes or so
_PIECE = 256 * 1024
_PROOF = "text/plain; charset=utf-8"


class Downloads:
    """An export is of one moment, however long it takes; batches come in meanwhile."""

    def __init__(self, house: House, login: Login) -> None:
        self._house = house
        self._login = login

    def routes(self) -> list[web.RouteDef]:
        found = {
            "/exports/sales.csv": self._csv,
            "/exports/everything.json": self._json,
            "/exports/collector.sqlite": self._sqlite,
            LEDGER + "/{seq:[0-9]{1,15}}.tlog-proof": self._receipt,
            "/cases/{case:[0-9a-f]{16}}/{place:[0-9]{1,3}}.tlog-proof": self._exhibit_receipt,
            "/cases/{case:[0-9a-f]{16}}/{place:[0-9]{1,3}}.token": self._exhibit_token,
            "/cases/{case:[0-9a-f]{16}}/{place:[0-9]{1,3}}.checkpoint": self._checkpoint,
        }
        return [web.get(path, self._login.guarded(handler)) for path, handler in found.items()]

    async def _csv(self, request: web.Request) -> web.StreamResponse:
        with database.looking(self._house.path) as db:
            lines = exports.sales_csv(db, self._house.known())
            return await _stream(request, "sales.csv", "text/csv; charset=utf-8; header=present", _joined(lines))

    async def _json(self, request: web.Request) -> web.StreamResponse:
        with database.looking(self._house.path) as db:
            lines = exports.everything_json(db, self._house.known())
            return await _stream(request, "everything.json", "application/json", _joined(lines))

    async def _sqlite(self, request: web.Request) -> web.StreamResponse:
        known = self._house.known()
        with tempfile.TemporaryDirectory(dir=self._house.path.parent, prefix=".export-") as folder:
            target = Path(folder) / "collector.sqlite"
            await self._house.look(lambda db: exports.one_file(db, known, target))
            with target.open("rb") as file:
                pieces = iter(lambda: file.read(_PIECE), b"")
                return await _stream(request, target.name, "application/vnd.sqlite3", pieces)

    async def _receipt(self, request: web.Request) -> web.StreamResponse:
        log, seq = log_of(request), int(request.match_info["seq"])
        text = await self._house.look(lambda db: evidence.receipt(db, log, seq))
        if text is None:
            raise RequestError("not-found", "No checkpoint covers this entry yet.", status_hint=404)
        return _file(f"{log[0]}-{log[1]}-{seq}.tlog-proof", _PROOF, text.encode())

    async def _exhibit_receipt(self, request: web.Request) -> web.StreamResponse:
        exhibit = _at(request, (await self._case(request)).exhibits)
        return _file(f"{_name(exhibit)}.tlog-proof", _PROOF, _there(exhibit.receipt).encode())

    async def _exhibit_token(self, request: web.Request) -> web.StreamResponse:
        exhibit = _at(request, (await self._case(request)).exhibits)
        return _file(f"{_name(exhibit)}.token", "application/cose", _there(exhibit.token))

    async def _checkpoint(self, request: web.Request) -> web.StreamResponse:
        case = await self._case(request)
        name = f"checkpoint-{request.match_info['place']}.txt"
        return _file(name, _PROOF, _at(request, case.checkpoints).encode())

    async def _case(self, request: web.Request) -> evidence.Case:
        wanted = request.match_info["case"]
        return _there(await self._house.look(lambda db: evidence.case(db, wanted)))


def _there(found: T | None) -> T:
    if found is None:
        raise RequestError("not-found", "There is no such thing in this case.", status_hint=404)
    return found


def _at(request: web.Request, things: Sequence[T]) -> T:
    """Places count from 1."""
    place = int(request.match_info["place"])
    return _there(things[place - 1] if 1 <= place <= len(things) else None)


def _name(exhibit: evidence.Exhibit) -> str:
    return f"{exhibit.box}-{exhibit.entry.replace(':', '-')}"


def _file(name: str, kind: str, data: bytes) -> web.Response:
    headers = {"Content-Type": kind, "Content-Disposition": content_disposition("attachment", name)}
    return web.Response(body=data, headers=headers)


def _joined(lines: Iterator[str]) -> Iterator[bytes]:
    while piece := "".join(islice(lines, _LINES)):
        yield piece.encode()


async def _stream(request: web.Request, name: str, kind: str, pieces: Iterator[bytes]) -> web.StreamResponse:
    """Piece by piece, each made in a thread once the one before is on its way."""
    headers = {"Content-Type": kind, "Content-Disposition": content_disposition("attachment", name)}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    while piece := await asyncio.to_thread(next, pieces, b""):
        await response.write(piece)
    await response.write_eof()
    return response
