"""A real collector for tests of the box: the organizer's papers, a port on loopback, with TLS or without."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core.keys import PrivateKey
from provisioning.collector.reception import Heard, hears_nothing
from provisioning.collector.serve import Place, serving
from tests.organizer import NOW, Organizer


@dataclass
class Desk:
    """A collector that is open. `address`: as [sync] url wants it."""

    address: str
    database: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What stands in its database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            return db.execute(query, values).fetchall()

    def leaves(self) -> list[tuple[int, int]]:
        """Incarnation and seq of everything that it holds."""
        return [(int(str(row[0])), int(str(row[1]))) for row in self.ask("select incarnation, seq from entries")]

    def numbers(self) -> list[int]:
        """The numbers of all sales that it holds, in order, as often as they are there."""
        rows = self.ask("select json_extract(cast(leaf as text), '$.number') from entries where type = 'sale'")
        return sorted(int(str(row[0])) for row in rows)


@contextlib.asynccontextmanager
async def collecting(
    folder: Path,
    organizer: Organizer,
    *,
    signer: PrivateKey | None = None,
    tls: Path | None = None,
    port: int = 0,
    now: int = NOW + 600,
    heard: Heard = hears_nothing,
    host: str = "127.0.0.1",
) -> AsyncIterator[Desk]:
    """The organizer's collector over `folder`; opened again there it goes on."""
    papers = folder / "papers"
    papers.mkdir(parents=True, exist_ok=True)
    for version, trust in enumerate(organizer.trusts, 1):
        (papers / f"trust.{version}.dsse.json").write_bytes(trust)
    place = Place(folder, (papers,), organizer.pin, host, port, tls)
    async with serving(place, signer or organizer.cosigner, lambda: now, heard) as address:
        yield Desk(address, place.database)
