"""Addresses that buyers leave for the organizer: sealed at once, one per sale, erased when they say so.

The ledger gets the digest of what is sealed; the address itself is never written anywhere. No sale depends on it.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum

from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox

from appliance.core import contact
from appliance.core.attachments import Attachment, Form
from appliance.core.contact import Contact
from appliance.core.documents import digest
from appliance.errors import RequestError, StoreError
from appliance.stall.catalogue import Catalogue
from appliance.stall.claims import Claim
from appliance.stall.house import House
from appliance.stall.undo import sale_key
from appliance.store import attachments
from appliance.store.ledger import Book

_MOST = 5  # addresses left and erased again under one sale: each is an entry for ever


@dataclass(frozen=True, slots=True)
class Question:
    """Who gets the addresses, and for what in the organizer's own words (None: she says nothing of it)."""

    organizer: str
    words: str | None
    is_asked: bool  # whether she has a key for addresses; else none can be left


class Left(StrEnum):
    """Whether an address was left with a sale."""

    NOT_YET = "not yet"
    THERE = "there"
    GONE = "gone"  # erased, or left with the box that this one took over from


class Contacts:
    def __init__(self, house: House, catalogue: Catalogue) -> None:
        self._house = house
        self._catalogue = catalogue

    def question(self) -> Question | None:
        """What to ask buyers; None while the box knows no organizer."""
        if self._catalogue.chain is None:
            return None
        trust = self._catalogue.chain.current
        return Question(trust.organizer, trust.contact_text, trust.contact_key is not None)

    async def left(self, claim: Claim) -> Left:
        return _left(*await self._house.reader.contacts(claim.row.key))

    async def leave(self, claim: Claim, typed: str, language: str, *, has_consented: bool) -> None:
        """Seals the address and keeps it; while one stands another changes nothing, so a form may come twice.

        RequestError `bad-request` for no address or no consent, `too-many` after erasing again and again;
        StoreError where the disk refuses: the claim goes on all the same.
        """
        email = contact.email_of(typed)
        if not has_consented:
            raise RequestError("bad-request", "Tick the box if they may write to you. Without it nothing is kept.")
        sealed = self._seal(contact.compose(Contact(email, claim.row.drop, language, has_consented)))
        key, sale = claim.row.key, claim.sale

        def work(book: Book) -> None:
            ever, standing = attachments.contacts(book.db, key)
            if standing:
                return
            if ever >= _MOST:
                raise RequestError("too-many", "Addresses were left and erased too often here.", status_hint=429)
            entry = book.append("contact", {"sale": sale, "sha256": digest(sealed)})
            attachments.note_contact(book.db, (entry.incarnation, entry.seq), key)
            attachments.keep(book.db, entry.incarnation, Attachment(entry.seq, Form.SEALED, sealed))

        await self._house.record(work)

    async def erase(self, sale: str) -> None:
        """Deletes the address that was left with a sale, if one stands; the digest in the ledger says nothing of it."""
        key = sale_key(sale)
        await self._house.record(lambda book: attachments.erase_contacts(book.db, key))

    def _seal(self, plain: bytes) -> bytes:
        chain = self._catalogue.chain
        if chain is None or chain.current.contact_key is None:
            raise RequestError("not-found", "Nobody asks for an e-mail address here.", status_hint=404)
        try:
            return SealedBox(PublicKey(b64decode(chain.current.contact_key))).encrypt(plain)
        except CryptoError as error:  # a point of small order: 32 bytes that are nobody's key
            raise StoreError(
                "not-ready", "The organizer's key for addresses cannot be used. Tell the stall; your download goes on."
            ) from error


def _left(ever: int, standing: int) -> Left:
    if standing:
        return Left.THERE
    return Left.GONE if ever else Left.NOT_YET
