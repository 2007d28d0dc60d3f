"""Bodies that somebody else sends: read no further than they may be long, and forms refused that are none."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import StreamReader, web

from appliance.errors import RequestError


async def read_at_most(stream: StreamReader, most: int) -> bytes:
    """The whole body; of one that is longer than `most` its first `most + 1` bytes."""
    data = bytearray()
    while len(data) <= most and (piece := await stream.read(most + 1 - len(data))):
        data += piece
    return bytes(data)


async def form_of(request: web.Request) -> Mapping[str, object]:
    """The fields that a page's form sent; `bad-request` where what came is no form."""
    try:
        return await request.post()
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, parts without their boundary
        raise RequestError("bad-request", "This is no form of this page: open the page and try again.") from error
