"""From the POST of a sale to the first byte of its file on the buyer's phone, over HTTP, by the daemon itself."""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import syncs
from tests.bench.probes import sync_ms
from tests.bench.stalls import SLUG, copy_of, daemon, make_stall
from tests.bench.table import Row, at_most, not_measured, plain

_FILE = "01-pier.jpg"
_SALES = 25  # five rounds of five, as one median
# Between a download and the next sale: by then its progress is noted, and its frame is drawn or just being drawn.
_QUIET_S, _DRAWING_S = 0.25, 0.05
_JSON = {"Content-Type": "application/json"}
Moments = list[tuple[float, float]]  # POST and first byte of each sale, Unix seconds


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    data = asyncio.run(make_stall(folder, {_FILE: bytes(4_000_000)}, 100))
    probed_ms = sync_ms(folder)
    with daemon(data) as box:
        quiet_ms = _median_ms(_sell_and_fetch(box.port, _QUIET_S))
        drawing_ms = _median_ms(_sell_and_fetch(box.port, _DRAWING_S))
    probed_ms = statistics.mean((probed_ms, sync_ms(folder)))
    yield plain("sale to first byte, over HTTP", quiet_ms, " ms")
    if not syncs.is_available():
        yield not_measured("sale to first byte, beyond the fsyncs on its way", syncs.MISSING)
        return
    on_the_way = _count_syncs(copy_of(data, folder / "watched"), folder / "trace")
    synced_ms, note = on_the_way * probed_ms, f"{on_the_way:g} fsyncs of {probed_ms:.2f} ms"
    yield at_most("sale to first byte, beyond its fsyncs", quiet_ms - synced_ms, 10, " ms", note)
    yield at_most("the same while a frame is drawn", drawing_ms - synced_ms, 10, " ms")


def _sell_and_fetch(port: int, pause_s: float) -> Moments:
    seller = http.client.HTTPConnection("127.0.0.1", port)
    found = []
    for sale in range(_SALES + 1):
        begin = time.time()
        seller.request("POST", "/api/v1/sales", json.dumps({"drop": SLUG}), _JSON)
        code = json.load(seller.getresponse())["sales"][0]["claim"]
        buyer = http.client.HTTPConnection("127.0.0.1", port)
        buyer.request("GET", f"/c/{code}/files/{_FILE}")
        answer = buyer.getresponse()
        answer.read(1)
        first_byte = time.time()
        answer.read()
        buyer.close()
        time.sleep(pause_s)
        if sale:  # the first one warms up
            found.append((begin, first_byte))
    seller.close()
    return found


def _median_ms(moments: Moments) -> float:
    return statistics.median(end - begin for begin, end in moments) * 1000


def _count_syncs(data: Path, trace: Path) -> float:
    with daemon(data, lambda command: syncs.watched(command, trace)) as box:
        moments = _sell_and_fetch(box.port, _QUIET_S)
    return statistics.median(syncs.count(trace, begin, end) for begin, end in moments)
