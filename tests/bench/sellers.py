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
from functools import partial
from pathlib import Path

from appliance.core.sale import Method, Order
from appliance.premises import open_stall_in
from appliance.store.ledger import MAX_GROUP
from tests.bench import posting
from tests.bench.probes import ROUNDS
from tests.bench.stalls import SLUG

Sell = Callable[[], Awaitable[None]]
_POST = posting.request("/api/v1/sales", {"drop": SLUG})


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
    async with posting.connected(port, sellers) as lines:
        yield [partial(line.post, _POST) for line in lines]


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
