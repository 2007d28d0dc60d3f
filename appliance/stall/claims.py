"""Claims: the right to download. Found by code or pickup number, opened once, served until time or budget end.

A claim ends by its lifetime and its byte budget, never by a GET. `opened` is recorded before the first byte.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core import claim as codes
from appliance.core.manifest import Manifest
from appliance.errors import ClaimError, SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.copies import Copies, Sold
from appliance.stall.guesses import Guesses
from appliance.stall.house import House, draw_bytes
from appliance.stall.undo import sale_key, unknown_sale
from appliance.store import answers, sales
from appliance.store.ledger import Book
from appliance.store.rows import SaleRow
from appliance.weblib.idempotency import Key


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that may be served. `ends` is an estimate in Unix seconds; `left_ms` counts running time."""

    row: SaleRow
    held: HeldDrop
    manifest: Manifest  # the version that was sold
    ends: int
    left_ms: int

    @property
    def sale(self) -> str:
        return f"{self.row.incarnation}:{self.row.seq}"

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def number(self) -> int | None:
        return self.row.number

    @property
    def opened(self) -> bool:
        return self.row.opened

    @property
    def delivered(self) -> bool:
        return bool(self.row.delivered)

    @property
    def bytes_left(self) -> int:
        return max(0, self.row.byte_budget - self.row.bytes_out)

    @property
    def price_title(self) -> str:
        price = self.manifest.price(self.row.price)
        return price.title if price else self.row.price

    @property
    def hand_over(self) -> str | None:
        price = self.manifest.price(self.row.price)
        return price.hand_over if price else None


class Claims:
    def __init__(self, house: House, catalogue: Catalogue, copies: Copies, guesses: Guesses) -> None:
        self._house = house
        self._copies = copies
        self._catalogue = catalogue
        self._guesses = guesses

    async def find(self, text: str, phone: str) -> Claim:
        """The claim behind a code that `phone` (its address) typed or followed.

        `unknown-claim`, `other-box`, `claim-ended`, `too-many`. Every text costs the same look-up.
        """
        self._guesses.check_code(phone, time.monotonic())
        code = codes.normalise(text) or "0" * 16
        row = await self._house.reader.sale_by_hash(codes.claim_hash(code))
        if row is None:
            self._guesses.wrong_code(phone, time.monotonic())
            raise self._unknown(code)
        return self._living(row)

    def _unknown(self, code: str) -> ClaimError:
        chain, mine = self._catalogue.chain, self._house.box_id
        boxes = chain.current.boxes if chain else ()
        others = [box.name for box in boxes if box.key.id != mine and codes.box_hint(box.key.id) == code[:2]]
        if others and codes.box_hint(mine) != code[:2]:
            names = " or ".join(others)
            return ClaimError("other-box", f"This code is {names}'s. Join the Wi-Fi of {names} and try there.")
        return ClaimError("unknown-claim", "Check every character, or ask at the stall.")

    def _living(self, row: SaleRow) -> Claim:
        held = self._catalogue.by_id(row.drop)
        sold = held.version(row.version) if held else None
        at = self._house.now()
        left_ms = row.ends_ms - self._house.ledger.running_ms(at)
        if row.voided or left_ms <= 0:
            raise ClaimError(
                "claim-ended",
                "This download was cancelled at the stall."
                if row.voided
                else "The time for this download is over. Ask at the stall: they can open it again.",
                status_hint=410,
            )
        if held is None or sold is None:
            raise ClaimError("unknown-claim", "The files of this drop are not on the box. Ask at the stall.")
        return Claim(row, held, sold, at.lo + left_ms // 1000, left_ms)

    async def by_pickup(self, number: str, phone: str) -> str:
        """The code of the claim that waits under a pickup number. `pickup-wrong`, `pickup-wait`."""
        self._guesses.check_pickup(phone, time.monotonic())
        digits = "".join(number[:16].split())
        row = await self._house.reader.sale_by_pickup(digits, self._house.running_ms())
        if row is None:
            self._guesses.wrong_pickup(phone, time.monotonic())
            raise ClaimError("pickup-wrong", "A number is good for two minutes: ask the stall to show it again.")
        return row.code

    async def open(self, claim: Claim) -> Claim:
        """Records `opened` before anything goes out, once; the claim as it stands then."""
        if claim.opened:
            return claim
        key = claim.row.key

        def work(book: Book) -> None:
            standing = sales.standing(book.db, key)
            if standing is None or standing.voided:
                raise ClaimError("claim-ended", "This download was cancelled at the stall.", status_hint=410)
            if not standing.opened:
                entry = book.append("opened", {"sale": claim.sale})
                sales.open_claim(book.db, key, (entry.incarnation, entry.seq))

        await self._house.record(work)
        row = await self._house.reader.sale(key)
        assert row is not None, "sales are never deleted"
        return Claim(row, claim.held, claim.manifest, claim.ends, claim.left_ms)

    async def top_up(self, sale: str, *, key: Key | None = None) -> None:
        """Another lifetime from now, and another budget of bytes; once for each key."""
        row, manifest = await self._sold(sale)

        def work(book: Book) -> None:
            _check_alive(book, row)
            fields = {"sale": sale, "claim": None, "lifetime": manifest.lifetime, "budget": manifest.byte_budget}
            if not _append_once(book, key, fields):
                return
            ends_ms = max(row.ends_ms, book.running_ms + manifest.lifetime * 1000)
            sales.top_up(book.db, row.key, ends_ms, manifest.byte_budget)

        await self._house.record(work)

    async def rotate(self, sale: str, *, key: Key | None = None) -> Sold:
        """A new code for the claim, once for each key; who has the old one is locked out. The claim, to be shown."""
        row, _ = await self._sold(sale)
        code = codes.make_code(self._house.box_id, draw_bytes(9))

        def work(book: Book) -> None:
            _check_alive(book, row)
            fields = {"sale": sale, "claim": codes.claim_hash(code), "lifetime": 0, "budget": 0}
            if _append_once(book, key, fields):
                sales.rotate(book.db, row.key, code, codes.claim_hash(code))

        await self._house.record(work)
        return await self.show(sale)

    async def show(self, sale: str) -> Sold:
        """The claim again, with a fresh pickup number where it was not opened yet."""
        row, _ = await self._sold(sale)

        def work(book: Book) -> str | None:
            _check_alive(book, row)
            standing = sales.standing(book.db, row.key)
            return None if standing is None or standing.opened else self._copies.fresh_pickup(book, row.key)

        pickup = await self._house.record(work)
        row, manifest = await self._sold(sale)
        return self._copies.again(row, manifest, pickup, self._house.now())

    async def _sold(self, sale: str) -> tuple[SaleRow, Manifest]:
        row = await self._house.reader.sale(sale_key(sale))
        held = self._catalogue.by_id(row.drop) if row else None
        manifest = held.version(row.version) if held and row else None
        if row is None or manifest is None:
            raise unknown_sale(sale)
        return row, manifest


def _append_once(book: Book, key: Key | None, fields: Mapping[str, object]) -> bool:
    """Enters a change of the claim; False where that was done under this key before."""
    if key is not None and answers.find(book.db, key) is not None:
        return False
    entry = book.append("claim", fields)
    if key is not None:
        answers.keep(book.db, key, entry.reference, book.running_ms)
    return True


def _check_alive(book: Book, row: SaleRow) -> None:
    standing = sales.standing(book.db, row.key)
    if standing is not None and standing.voided:
        raise SaleError("already-void", "This sale was voided: its claim has ended.")
