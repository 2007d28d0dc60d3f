"""The sellers of the bench, as a program: so many at once, each selling one copy after the other.

Sells inside its own process over a data directory, or over HTTP to a daemon. Prints one JSON list per round:
when it began and ended (Unix seconds) and how many sales were acknowledged in between.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.core.sale import Method, Order
from appliance.daemon import open_stall_in
from appliance.store.ledger import MAX_GROUP
from tests.bench.probes import ROUNDS
from tests.bench.stalls import SLUG

Sell = Callable[[], Awaitable[None]]
_ORDER = json.dumps({"drop": SLUG}).encode()
_POST = (
    b"POST /api/v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_ORDER), _ORDER)
)


@asynccontextmanager
async def in_process(folder: Path, sellers: int, max_group: int) -> AsyncIterator[list[Sell]]:
    """Sellers who use the stall itself."""
    order = Order(SLUG, None, 1, Method.CASH)
    async with open_stall_in(folder, max_group=max_group) as (stall, _):

        async def sell() -> None:
            await stall.seller.sell(order)

        yield [sell] * sellers


@asynccontextmanager
async def over_http(port: int, sellers: int) -> AsyncIterator[list[Sell]]:
    """Sellers with a connection each."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(sellers)]
    try:
        yield [_seller(reader, writer) for reader, writer in lines]
    finally:
        for _, writer in lines:
            writer.close()


def _seller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Sell:
    async def sell() -> None:
        writer.write(_POST)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
        if b" 200 " not in head.splitlines()[0]:
            raise RuntimeError(body.decode())

    return sell


async def one_round(sellers: list[Sell], each: int) -> tuple[float, float, int]:
    """Begin, end, and the number of sales."""

    async def work(sell: Sell) -> None:
        for _ in range(each):
            await sell()

    begin = time.time()
    await asyncio.gather(*map(work, sellers))
    return begin, time.time(), len(sellers) * each


async def main(given: argparse.Namespace) -> None:
    where = Path(given.where)
    made = (
        over_http(int(given.where), given.sellers)
        if given.where.isdecimal()
        else in_process(where, given.sellers, given.max_group)
    )
    async with made as sellers:
        await one_round(sellers, 1)
        for _ in range(given.rounds):
            print(json.dumps(await one_round(sellers, given.each)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("where", help="a data directory, or the port of a daemon")
    parser.add_argument("sellers", type=int)
    parser.add_argument("each", type=int)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--max-group", type=int, default=MAX_GROUP)
    asyncio.run(main(parser.parse_args()))
