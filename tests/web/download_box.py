"""A small box for download tests: a shelf, a server on a random port, and a client that sees every byte."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from appliance.core.segments import Segment
from appliance.errors import StoreError
from appliance.web.delivery import Terms
from appliance.web.downloads import Download, send
from appliance.web.pace import Pace

PAGE = b"a page\n"
LARGE_PAGE = b"a large page\n" * 100_000


@dataclass
class Answer:
    """What came back: status line, fields by lower-case name, body."""

    status: int
    fields: dict[str, str]
    body: bytes


@dataclass
class Box:
    """Serves the downloads put into it under `/d/<name>`, and remembers what went out."""

    shelf: Path
    idle_s: float = 60.0
    downloads: dict[str, Download] = field(default_factory=dict)
    progress: list[tuple[int, int]] = field(default_factory=list)
    port: int = 0

    def put(self, data: bytes) -> Segment:
        """Lay `data` on the shelf."""
        digest = sha256(data).hexdigest()
        path = self.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return Segment(len(data), digest)

    def offer(self, name: str, *body: Segment, kind: str = "image/jpeg", filename: str = "a.jpg") -> None:
        """Serve these segments as `/d/<name>`, tagged with the name."""
        self.downloads[name] = Download(body, name, kind, filename)

    def path_of(self, digest: str) -> Path:
        """Where the file of a digest lies."""
        return self.shelf / digest[:2] / digest

    def open_file(self, digest: str) -> BinaryIO:
        """What the store does: a refusal where there is no file."""
        try:
            return self.path_of(digest).open("rb", buffering=0)
        except FileNotFoundError as fault:
            raise StoreError("store", "This file is not on the shelf.") from fault

    @property
    def sent(self) -> int:
        """Bytes that went out, each of them once and in order."""
        for (start, count), (after, _) in zip(self.progress, self.progress[1:], strict=False):
            assert start + count == after
        return sum(count for _, count in self.progress)

    @asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Box]:
        """Run the server."""
        terms = Terms(self.open_file, Pace(patience_s=0.05), self.idle_s)

        async def download(request: web.Request) -> web.StreamResponse:
            def note(position: int, count: int) -> None:
                self.progress.append((position, count))

            try:
                return await send(request, self.downloads[request.match_info["name"]], terms, on_progress=note)
            except StoreError as fault:
                return web.Response(status=fault.status_hint, text=fault.detail)

        async def page(request: web.Request) -> web.Response:
            return web.Response(body=LARGE_PAGE if request.path == "/large" else PAGE)

        app = web.Application()
        app.add_routes([web.get("/d/{name}", download), web.get("/page", page), web.get("/large", page)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    @asynccontextmanager
    async def line(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
        """A connection to it, for as many requests as one likes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        try:
            yield Line(reader, writer)
        finally:
            writer.transport.abort()
            await asyncio.sleep(0)

    async def get(self, path: str, **fields: str) -> Answer:
        """One GET on a connection of its own; a field `If_Range` stands for If-Range."""
        async with self.line() as line:
            return await line.ask("GET", path, **fields)


@dataclass
class Line:
    """One connection, written and read byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def request(self, method: str, path: str, *, version: str = "1.1", **fields: str) -> None:
        """Send a request and wait for nothing."""
        lines = [
            f"{method} {path} HTTP/{version}",
            "Host: box",
            *(f"{k.replace('_', '-')}: {v}" for k, v in fields.items()),
        ]
        self.writer.write("".join(line + "\r\n" for line in [*lines, ""]).encode())

    async def answer(self, method: str = "GET") -> Answer:
        """Read one answer: exactly as many bytes as its length says."""
        status, fields = await self.head()
        length = 0 if method == "HEAD" or status == 304 else int(fields["content-length"])
        return Answer(status, fields, await self.reader.readexactly(length))

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read the head of an answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.split(": ", 1) for line in head[1:] if line)
        return int(head[0].split()[1]), {name.lower(): value for name, value in fields}

    async def ask(self, method: str, path: str, *, version: str = "1.1", **fields: str) -> Answer:
        """Request and answer."""
        self.request(method, path, version=version, **fields)
        return await self.answer(method)
