"""The readers of the bench, as a program: so many at once, each handing in one token after the other.

Hands in inside its own process over a data directory, or over HTTP to a daemon; no token twice. Prints one JSON
object per round: what it found of the tokens and, right before them, of their parts on the same core and disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.errors import SaleError
from appliance.premises import open_stall_in
from tests.bench import posting
from tests.bench.parts import Parts
from tests.bench.probes import ROUNDS
from tests.bench.sellers import Sell, one_round

TOGETHER = 64
_PARTS = 640


@dataclass(frozen=True, slots=True)
class Round:
    """Rates per second, and the CPU of this process per token. `grouped`: of parts of which 64 share a commit."""

    tokens: float
    parts: float
    grouped: float
    cpu_ms: float


@asynccontextmanager
async def in_process(
    folder: Path, tokens: Iterator[str], clients: int, refused: str | None
) -> AsyncIterator[list[Sell]]:
    """Readers who use the stall itself. `refused`: why each token is to be refused; RuntimeError where one is not."""
    async with open_stall_in(folder) as (stall, _):

        async def hand_in() -> None:
            await stall.redeemer.redeem(next(tokens))

        async def be_refused() -> None:
            try:
                await hand_in()
            except SaleError as refusal:
                if refusal.code == refused:
                    return
                raise
            raise RuntimeError("a bad token was redeemed")

        yield [be_refused if refused else hand_in] * clients


@asynccontextmanager
async def over_http(port: int, tokens: Iterator[str], clients: int) -> AsyncIterator[list[Sell]]:
    """Readers with a connection each."""
    requests = iter([posting.request("/api/v1/redeem", {"token": token}) for token in tokens])
    async with posting.connected(port, clients) as lines:
        yield [_reader(line, requests) for line in lines]


def _reader(line: posting.Line, requests: Iterator[bytes]) -> Sell:
    async def hand_in() -> None:
        await line.post(next(requests))

    return hand_in


async def measure(readers: list[Sell], each: int, parts: Parts) -> Round:
    """One round: the parts, then the readers."""
    alone, grouped = parts.per_s(_PARTS), parts.per_s(_PARTS, TOGETHER)
    before_s = time.process_time()
    begin, end, count = await one_round(readers, each)
    return Round(count / (end - begin), alone, grouped, (time.process_time() - before_s) / count * 1000)


async def main(given: argparse.Namespace) -> None:
    tokens, clients = iter(given.tokens.read_text().split()), given.clients
    made = (
        over_http(int(given.where), tokens, clients)
        if given.where.isdecimal()
        else in_process(Path(given.where), tokens, clients, given.refused)
    )
    with tempfile.TemporaryDirectory(dir=given.tokens.parent) as folder:
        parts = Parts(Path(folder) / "parts.db")
        async with made as readers:
            await one_round(readers, 1)
            for _ in range(ROUNDS):
                print(json.dumps(asdict(await measure(readers, given.each, parts))), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("where", help="a data directory, or the port of a daemon")
    parser.add_argument("tokens", type=Path, help="one token a line; the parts use the disk of this file")
    parser.add_argument("clients", type=int)
    parser.add_argument("each", type=int)
    parser.add_argument("--refused", metavar="CODE", help="the tokens are bad, and this is why")
    asyncio.run(main(parser.parse_args()))
