"""Answers a request for a file or an archive: whole, resumed, or not needed (RFC 9110), sent by the kernel.

It knows HTTP and takes everything else as arguments: the body as segments, how a shelf file is opened, the
pace. It refuses to compress, to splice two versions of a body, and to let a creator's page run on our address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from appliance.core.segments import Piece, Segment, cut, total
from appliance.errors import StoreError
from appliance.web.delivery import Delivery, Progress, Terms
from appliance.web.outlets import open_outlet, reset
from appliance.weblib.disposition import Disposition, content_headers
from appliance.weblib.ranges import Asked, Verdict, judge

_log = logging.getLogger(__name__)


def _nobody(_position: int, _count: int) -> None:
    """Nobody wants to know the progress."""


@dataclass(frozen=True, slots=True)
class Download:
    """What is to be served: a body that stays the same as long as its strong `etag` (without quotes) does."""

    body: Sequence[Segment]
    etag: str
    content_type: str
    filename: str
    disposition: Disposition = "attachment"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further fields; Cache-Control is `private, no-cache` unless it is among them."""


async def send(
    request: web.Request, download: Download, terms: Terms, *, on_progress: Progress = _nobody
) -> web.StreamResponse:
    """Answer GET or HEAD: 200, 206, 304, 412 or 416, with exact lengths; `on_progress` hears what went out.

    A client that leaves, or takes nothing for `terms.idle_s` seconds, ends the response quietly. Raises
    StoreError when the first file cannot be opened: nothing is sent then. One that fails later cuts the
    connection, so that nobody takes half a file for a whole one.
    """
    length = total(download.body)
    verdict = judge(_asked(request), download.etag, length)
    response = web.StreamResponse(status=verdict.status, headers=_headers(download, verdict, length))
    if request.method == "GET" and verdict.start < verdict.stop:
        pieces = cut(download.body, verdict.start, verdict.stop)
        await _deliver(request, response, pieces, terms, on_progress)
    return response


def _asked(request: web.Request) -> Asked:
    fields = {
        name: ", ".join(request.headers.getall(name))
        for name in ("Range", "If-Range", "If-Match", "If-None-Match")
        if name in request.headers
    }
    return Asked(
        request.method,
        range=fields.get("Range"),
        if_range=fields.get("If-Range"),
        if_match=fields.get("If-Match"),
        if_none_match=fields.get("If-None-Match"),
    )


def _headers(download: Download, verdict: Verdict, length: int) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{download.etag}"',
        "Cache-Control": "private, no-cache",
        **download.headers,
    }
    if verdict.status in {200, 206}:
        headers |= content_headers(download.content_type, download.filename, download.disposition)
    if verdict.status != 304:
        headers["Content-Length"] = str(verdict.stop - verdict.start)
    if verdict.status == 206:
        headers["Content-Range"] = f"bytes {verdict.start}-{verdict.stop - 1}/{length}"
    if verdict.status == 416:
        headers["Content-Range"] = f"bytes */{length}"
    return headers


async def _deliver(
    request: web.Request,
    response: web.StreamResponse,
    pieces: Iterable[Piece],
    terms: Terms,
    on_progress: Progress,
) -> None:
    transport = request.transport
    if transport is None:
        return
    try:
        with open_outlet(transport) as outlet, terms.pace.lane(request.remote or "") as lane:
            await Delivery(outlet, lane, terms, on_progress).run(pieces, partial(response.prepare, request))
    except ConnectionError:
        _log.debug("a phone left in the middle of a download")
    except TimeoutError:
        _log.info("a phone took nothing for %.0f s: its download ends", terms.idle_s)
    except StoreError as fault:
        if not response.prepared:
            raise
        _log.error("a download was cut off: %s", fault.detail)
    else:
        return
    reset(transport)
