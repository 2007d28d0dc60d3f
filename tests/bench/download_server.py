"""The product's download path as a server of its own: files of a shelf, and one archive of them.

Serves `/<first two>/<digest>` and `/all.zip` with the settings of the product, prints its port, and ends when
its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from appliance.core.archive import Archive, Member, Papers, personal
from appliance.core.segments import Segment
from appliance.web.delivery import Terms
from appliance.web.downloads import Download, send
from appliance.web.pace import Pace


def archive_of(shelf: Path, digests: list[str]) -> Archive:
    """The personal archive of these shelf files, with papers of a usual size."""
    members = []
    for number, digest in enumerate(digests):
        data = (shelf / digest[:2] / digest).read_bytes()
        members.append(Member(f"{number:02}.jpg", len(data), zlib.crc32(data), digest))
    return personal("bench", members, Papers(bytes(2000), bytes(40_000), bytes(900), bytes(300)), 1_795_428_125)


def application(shelf: Path, archived: list[str]) -> web.Application:
    """Routes for the files and the archive."""

    def open_file(digest: str) -> BinaryIO:
        return open(f"{shelf}/{digest[:2]}/{digest}", "rb", buffering=0)  # noqa: PTH123 - as the shelf does

    terms = Terms(open_file, Pace())
    archive = archive_of(shelf, archived)
    lengths = {path.name: path.stat().st_size for path in shelf.glob("*/*")}

    async def file(request: web.Request) -> web.StreamResponse:
        digest = request.match_info["digest"]
        body = [Segment(lengths[digest], digest)]
        return await send(request, Download(body, digest, "image/jpeg", "Größe.jpg"), terms)

    async def everything(request: web.Request) -> web.StreamResponse:
        return await send(request, Download(archive.segments, archive.etag, "application/zip", "all.zip"), terms)

    app = web.Application()
    app.router.add_get("/all.zip", everything)
    app.router.add_get("/{first}/{digest}", file)
    return app


async def main(shelf: Path, archived: list[str]) -> None:
    """Serve on a free port until standard input ends."""
    runner = web.AppRunner(application(shelf, archived), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
