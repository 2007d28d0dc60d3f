"""What became of a payment token that was here before: a claim that lives, a debt, or nothing more.

FORMATS §3, *already here*: judged before all else but form and signature, and by (issuer, cti) alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.core.entries import reference
from appliance.core.manifest import Manifest
from appliance.core.token import Token
from appliance.errors import SaleError
from appliance.stall.catalogue import Catalogue
from appliance.store import sales, tokens
from appliance.store.ledger import Book
from appliance.store.rows import SaleRow

_A_TIME = 1_577_836_800  # 2020: a clock that nobody has set counts from 1970


@dataclass(frozen=True, slots=True)
class Living:
    """A sale that a token gave before, whose claim lives."""

    row: SaleRow
    manifest: Manifest


def find(book: Book, token: Token, catalogue: Catalogue) -> Living | SaleError | None:
    """The living claim, the refusal `spent`, `owed` or `not-ready`, or None for a token that was never taken."""
    spent = tokens.find(book.db, *token.id)
    if spent is None:
        return None
    if spent.sale is None:
        return _paid_back() if spent.is_refunded else _still_owed(reference(*spent.entry))
    row = sales.sale(book.db, spent.sale)
    assert row is not None, "a spent token has a sale"
    if row.voided or row.ends_ms <= book.running_ms:
        return _ended(row)
    held = catalogue.by_id(row.drop)
    manifest = held.version(row.version) if held else None
    if manifest is None:
        return SaleError(
            "not-ready", f"Redeemed here as sale {reference(*row.key)}, but its drop is gone. Bring its bundle again."
        )
    return Living(row, manifest)


def _paid_back() -> SaleError:
    return SaleError("spent", "This was paid back, since there was no copy left. It pays for nothing more.")


def _still_owed(entry: str) -> SaleError:
    return SaleError(
        "owed", f"This is paid and noted under {entry}: the stall hands a copy out or pays the money back."
    )


def _ended(row: SaleRow) -> SaleError:
    when = f"at {datetime.fromtimestamp(row.lo, UTC):%H:%M} (UTC)" if row.lo >= _A_TIME else "before"
    ended = "its download has ended: the stall can top it up and show the claim again"
    what = "that sale was voided: this pays for nothing more" if row.voided else ended
    return SaleError("spent", f"Redeemed here {when}, sale {reference(*row.key)}; {what}.")
