"""How soon a box answers after its process has started, and what memory it takes, idle and at work."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.probes import ROUNDS, Memory, memory
from tests.bench.stalls import SLUG, daemon, make_stall
from tests.bench.table import Row, at_most, plain

_PHOTO = 4_000_000
_PHONES = 8
_SETTLED_S = 2.0
_JSON = {"Content-Type": "application/json"}


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    photos = {f"{number:02}.jpg": os.urandom(_PHOTO) for number in range(20)}
    data = asyncio.run(make_stall(folder, photos, 1000))
    starts, idle, busy = [], [], []
    for _ in range(ROUNDS):
        with daemon(data) as box:
            starts.append(box.start_s)
            time.sleep(_SETTLED_S)
            idle.append(memory(box.pid))
            busy.append(_while_busy(box.pid, box.port))
    yield at_most("start of the process to the first answer", statistics.median(starts), 1.0, " s")
    yield at_most("memory, idle: RSS", _rss(idle), 70, " MB", f"PSS {_pss(idle):.0f} MB")
    busy_title = f"memory, {_PHONES} downloads and sales: highest RSS"
    yield plain(busy_title, _rss(busy), " MB", f"PSS {_pss(busy):.0f} MB")


def _rss(found: list[Memory]) -> float:
    return statistics.median(each.rss for each in found)


def _pss(found: list[Memory]) -> float:
    return statistics.median(each.pss for each in found)


def _while_busy(pid: int, port: int) -> Memory:
    """The most that was seen while eight phones each bought and downloaded the archive, and others bought."""
    over = threading.Event()
    with ThreadPoolExecutor(_PHONES + 1) as pool:
        shopping = pool.submit(_keep_selling, port, over)
        phones = [pool.submit(_buy_and_download, port) for _ in range(_PHONES)]
        seen = [memory(pid)]
        while not all(phone.done() for phone in phones):
            time.sleep(0.02)
            seen.append(memory(pid))
        over.set()
        for work in (shopping, *phones):
            work.result()
    return Memory(max(each.rss for each in seen), max(each.pss for each in seen))


def _keep_selling(port: int, over: threading.Event) -> None:
    while not over.wait(0.1):
        _sell(port)


def _buy_and_download(port: int) -> None:
    phone = http.client.HTTPConnection("127.0.0.1", port)
    phone.request("GET", f"/c/{_sell(port)}/all.zip")
    answer = phone.getresponse()
    while answer.read(1 << 20):
        pass
    phone.close()


def _sell(port: int) -> str:
    """The code of a new claim."""
    seller = http.client.HTTPConnection("127.0.0.1", port)
    seller.request("POST", "/api/v1/sales", json.dumps({"drop": SLUG}), _JSON)
    code: str = json.load(seller.getresponse())["sales"][0]["claim"]
    seller.close()
    return code
