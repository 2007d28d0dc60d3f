"""Bodies that somebody else sends: read no further than they may be long, and forms as text."""

from __future__ import annotations

from aiohttp import StreamReader, web

from appliance.errors import RequestError


async def read_at_most(stream: StreamReader, most: int) -> bytes:
    """The whole body; of one that is longer than `most` its first `most + 1` bytes."""
    data = bytearray()
    while len(data) <= most and (piece := await stream.read(most + 1 - len(data))):
        data += piece
    return bytes(data)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form as our pages send it, without blanks around them. RequestError `bad-request` for a body
    that is none: other bytes than its charset's, a charset that nobody knows, or parts (multipart)."""
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:
        raise RequestError("bad-request", "This form cannot be read. Open its page and send it from there.") from error
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}
