"""Questions to the ledger's tables, answered on a connection of their own that only reads and waits for nobody.

Law: a question sees everything that was committed before it was asked. Each is therefore fetched in one piece: a
cursor left open between two steps would hold every other question to the snapshot that it began with.
Knows SQL and rows; what an answer means is decided in `stall`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TypeVar

import aiosqlite

from appliance.core.attachments import Attachment, Form
from appliance.store import database, refusal
from appliance.store.rows import CONTACTS, OWED, SALES, OwedRow, SaleRow

T = TypeVar("T")
_BESIDE = """select a.seq, a.form, a.data from attachments a
  left join sales s using (incarnation, seq) left join claims c using (incarnation, seq)
  left join refunds r using (incarnation, seq)
  where a.incarnation = ? and not (a.sent and ?) and (
    a.form = 'sealed' or s.voided or c.ends_ms <= ? or (s.seq is null and r.seq is not null)
  ) order by a.seq, a.form"""


class Reader:
    """Use inside `async with reading(path) as reader`."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    async def clock_marks(self) -> tuple[int, str | None]:
        """The last clock-reset that was heard, and the boot in which an uncertain window was confirmed."""
        rows = await self._rows("select reset_n, window_boot from clock")
        return next(((row[0], row[1]) for row in rows), (0, None))

    async def sale(self, key: tuple[int, int]) -> SaleRow | None:
        return await self._one(f"{SALES} where s.incarnation = ? and s.seq = ?", key)

    async def sale_by_hash(self, claim_hash: str) -> SaleRow | None:
        return await self._one(f"{SALES} where c.hash = ?", (claim_hash,))

    async def sale_by_pickup(self, pickup: str, running_ms: int) -> SaleRow | None:
        """The claim that waits under a pickup number."""
        return await self._one(
            f"{SALES} where c.pickup = ? and c.pickup_until > ? and c.opened_seq is null and not s.voided",
            (pickup, running_ms),
        )

    async def waiting(self, running_ms: int) -> list[SaleRow]:
        """Claims that wait to be opened, newest first."""
        return await self._all(
            f"{SALES} where c.pickup is not null and c.pickup_until > ? and c.opened_seq is null and not s.voided"
            " order by c.pickup_until desc, s.incarnation, s.seq desc limit 12",
            (running_ms,),
        )

    async def sales(self, limit: int) -> list[SaleRow]:
        """The last sales, newest first."""
        return await self._all(
            f"{SALES} join incarnations i using (incarnation) order by i.ordinal desc, s.seq desc limit ?",
            (limit,),
        )

    async def sales_since(self, lo: int) -> list[SaleRow]:
        """Sales whose lo is at least `lo` and that are not void."""
        return await self._all(f"{SALES} where s.lo >= ? and not s.voided", (lo,))

    async def totals_since(self, lo: int) -> list[tuple[str, int, int]]:
        """What those brought in: currency, how many, minor units."""
        query = "select currency, count(*), sum(amount - discount + tip) from sales where lo >= ? and not voided"
        return [tuple(row) for row in await self._rows(f"{query} group by currency order by currency", (lo,))]

    async def group(self, group: str) -> list[SaleRow]:
        return await self._all(f"{SALES} where s.grouping = ? order by s.seq", (group,))

    async def owed(self) -> list[OwedRow]:
        """What is owed and neither handed out nor paid back, oldest first."""
        rows = await self._rows(
            f"{OWED} join incarnations i using (incarnation) where not ended order by i.ordinal, o.seq"
        )
        return [OwedRow((row[0], row[1]), *tuple(row)[2:]) for row in rows]

    async def refunds(self) -> dict[tuple[int, int], int]:
        """What was given back, by sale or owed entry."""
        rows = await self._rows("select incarnation, seq, amount from refunds")
        return {(row[0], row[1]): row[2] for row in rows}

    async def numbers(self) -> dict[str, dict[str, int]]:
        """How many numbers are in each state, by drop id."""
        counts: dict[str, dict[str, int]] = {}
        query = "select drop_id, state, count(*) from numbers group by drop_id, state"
        for drop, state, count in await self._rows(query):
            counts.setdefault(drop, {})[state] = count
        return counts

    async def blocked(self, drop: str) -> list[int]:
        query = "select number from numbers where drop_id = ? and state = 'blocked' order by number"
        return [row[0] for row in await self._rows(query, (drop,))]

    async def sold(self) -> dict[tuple[str, str], int]:
        """Copies sold and not given back, by drop id and price option."""
        query = "select drop_id, price, count(*) from sales where not (voided and returned) group by drop_id, price"
        return {(row[0], row[1]): row[2] for row in await self._rows(query)}

    async def frozen(self, key: tuple[int, int]) -> dict[str, bytes]:
        query = "select kind, body from frozen where incarnation = ? and seq = ?"
        return {row[0]: row[1] for row in await self._rows(query, key)}

    async def certificate(self, drop: str, number: int) -> bytes | None:
        query = "select certificate from numbers where drop_id = ? and number = ?"
        return await self._value(bytes, query, (drop, number))

    async def incarnations(self) -> list[int]:
        """Every incarnation, oldest first."""
        rows = await self._rows("select incarnation from incarnations order by ordinal")
        return [row[0] for row in rows]

    async def leaves(self, incarnation: int, first: int = 0) -> list[bytes]:
        query = "select leaf from entries where incarnation = ? and seq >= ? order by seq"
        return [row[0] for row in await self._rows(query, (incarnation, first))]

    async def leaf(self, key: tuple[int, int]) -> bytes | None:
        return await self._value(bytes, "select leaf from entries where incarnation = ? and seq = ?", key)

    async def kept_head(self, incarnation: int) -> tuple[int, bytes] | None:
        """Size and root of an incarnation at its last commit; None where that was made before heads were kept."""
        rows = await self._rows("select size, root from heads where incarnation = ?", (incarnation,))
        return next(((row[0], row[1]) for row in rows), None)

    async def restarts(self) -> list[bytes]:
        """The leaf that each incarnation begins with."""
        return [row[0] for row in await self._rows("select leaf from entries where seq = 0")]

    async def noted_papers(self) -> set[tuple[str, str, int, str]]:
        """Kind, id, version and digest of every `papers` entry."""
        rows = await self._rows(
            "select json_extract(json, '$.kind'), json_extract(json, '$.id'), json_extract(json, '$.version'),"
            " json_extract(json, '$.sha256') from texts where json_extract(json, '$.type') = 'papers'"
        )
        return {(row[0], row[1], row[2], row[3]) for row in rows}

    async def unsynced(self) -> tuple[int, bytes | None]:
        """How many entries no collector has acknowledged, and the oldest leaf that was written at a known time."""
        count = await self._value(int, "select count(*) from outbox") or 0
        query = (
            "select leaf from outbox where json_extract(json, '$.time.quality') <> 'none' order by ordinal, seq limit 1"
        )
        return count, await self._value(bytes, query)

    async def acknowledged(self) -> dict[int, int]:
        """How many entries of each incarnation the collector has acknowledged; incarnations without any are absent."""
        return {row[0]: row[1] for row in await self._rows("select incarnation, size from acknowledged")}

    async def attachments(self, incarnation: int, running_ms: int, *, is_waiting: bool) -> list[Attachment]:
        """What may travel beside an incarnation, in order of its entries: addresses at once, tokens once their claim
        has ended, or their payment was given back. Where `is_waiting`, what was not sent yet."""
        rows = await self._rows(_BESIDE, (incarnation, is_waiting, running_ms))
        return [Attachment(row[0], Form(row[1]), row[2]) for row in rows]

    async def contacts(self, sale: tuple[int, int]) -> tuple[int, int]:
        """How many addresses were ever left with a sale, and how many of them stand."""
        rows = await self._rows(CONTACTS, (Form.SEALED, *sale))
        return next((row[0], row[1]) for row in rows)

    async def sales_with_contact(self) -> set[tuple[int, int]]:
        """The sales with which an address was left that stands."""
        query = "select sale_in, sale_seq from contacts c join attachments using (incarnation, seq) where form = ?"
        return {(row[0], row[1]) for row in await self._rows(query, (Form.SEALED,))}

    async def waiting_from(self) -> dict[int, int]:
        """The first entry of each incarnation that waits in the outbox; incarnations where none does are absent."""
        rows = await self._rows("select incarnation, min(seq) from outbox group by incarnation")
        return {row[0]: row[1] for row in rows}

    async def cases(self) -> list[tuple[str | None, str | None, int]]:
        """Reason and name of every case that the collector has told of, and how many entries of this box it holds."""
        rows = await self._rows("select reason, name, count(*) from cases group by reason, name")
        return [(row[0], row[1], row[2]) for row in rows]

    async def phones(self) -> list[tuple[int, str]]:
        """Number and name of every paired phone."""
        return [(row[0], row[1]) for row in await self._rows("select number, name from phones")]

    async def phone(self, secret_hash: str) -> int | None:
        return await self._value(int, "select number from phones where secret = ?", (secret_hash,))

    async def shelf(self) -> dict[str, tuple[int, int]]:
        """Length and CRC-32 of every file on the shelf that is not in quarantine, by digest."""
        query = "select sha256, length, crc32 from shelf where not quarantined"
        return {row[0]: (row[1], row[2]) for row in await self._rows(query)}

    async def quarantined(self) -> list[str]:
        rows = await self._rows("select sha256 from shelf where quarantined")
        return [row[0] for row in rows]

    async def covers(self) -> dict[str, tuple[str, str]]:
        """The large and the small picture made from a creator's cover, by the digest of the creator's file."""
        rows = await self._rows("select source, large, small from covers")
        return {row[0]: (row[1], row[2]) for row in rows}

    async def _one(self, query: str, values: tuple[object, ...]) -> SaleRow | None:
        return next((SaleRow(*row) for row in await self._rows(query, values)), None)

    async def _all(self, query: str, values: tuple[object, ...]) -> list[SaleRow]:
        return [SaleRow(*row) for row in await self._rows(query, values)]

    async def _value(self, kind: type[T], query: str, values: tuple[object, ...] = ()) -> T | None:
        """The first column of the first row; None where there is no row."""
        value = next((row[0] for row in await self._rows(query, values)), None)
        assert value is None or isinstance(value, kind), "the tables are strict"
        return value

    async def _rows(self, query: str, values: tuple[object, ...] = ()) -> Iterable[aiosqlite.Row]:
        """StoreError `not-ready` where the disk cannot be read."""
        try:
            return await self._db.execute_fetchall(query, values)
        except sqlite3.DatabaseError as error:
            if refusal.is_of_disk(error):
                raise refusal.not_read(error) from error
            raise


@contextlib.asynccontextmanager
async def reading(path: Path) -> AsyncIterator[Reader]:
    """A reader of the ledger at `path`, which exists."""
    db = await database.open_reader(path)
    try:
        yield Reader(db)
    finally:
        await db.close()
