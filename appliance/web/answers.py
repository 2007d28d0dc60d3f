"""The JSON that scripts lean on (DESIGN §7). The API and the commands answer the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.core.manifest import Manifest
from appliance.core.status import DropStatus, Status
from appliance.stall.claims import Claim
from appliance.stall.copies import Sold
from appliance.stall.redeem import Redeemed
from appliance.web.addresses import claim_path, file_path


def sold_answer(sold: Sequence[Sold]) -> dict[str, object]:
    """One sale group; `sold` is not empty."""
    return {"group": sold[0].group, "sales": [_copy(copy) for copy in sold]}


def _copy(copy: Sold) -> dict[str, object]:
    return {
        "sale": copy.sale,
        "number": copy.number,
        "claim": copy.claim,
        "url": copy.url,
        "pickup": copy.pickup,
        "ends": copy.ends,
    }


def redeemed_answer(redeemed: Redeemed) -> dict[str, object]:
    """What a payment token gave, now or before (`again`)."""
    how = {"tier": redeemed.tier, "marked": redeemed.marked, "again": redeemed.again}
    return sold_answer([redeemed.sold]) | how


def drop_answer(drop: DropStatus, manifest: Manifest, stock: Mapping[str, int | None]) -> dict[str, object]:
    """A drop as anybody may see it. `stock`: what is left of each price option, None without a limit."""
    return {
        "slug": drop.slug,
        "title": drop.title,
        "creator": drop.creator,
        "edition": drop.edition,
        "size": drop.size,
        "left": drop.left,
        "currency": drop.currency,
        "prices": [
            {
                "id": price.id,
                "title": price.title,
                "amount": price.amount,
                "hand_over": price.hand_over,
                "left": stock.get(price.id),
            }
            for price in manifest.prices
        ],
    }


def claim_answer(claim: Claim) -> dict[str, object]:
    """A claim for whoever has its code."""
    base = claim_path(claim.code)
    return {
        "sale": claim.sale,
        "slug": claim.manifest.slug,
        "title": claim.manifest.title,
        "number": claim.number,
        "of": claim.manifest.size,
        "price_title": claim.price_title,
        "hand_over": claim.hand_over,
        "opened": claim.opened,
        "delivered": claim.delivered,
        "ends": claim.ends,
        "bytes_left": claim.bytes_left,
        "archive": f"{base}/all.zip",
        "files": [
            {
                "path": item.path,
                "length": item.length,
                "sha256": item.sha256,
                "type": item.type,
                "href": file_path(base, item.path),
            }
            for item in claim.manifest.files
        ],
    }


def status_answer(status: Status) -> dict[str, object]:
    """What the box says of itself."""
    return {
        "box": status.box,
        "incarnation": status.incarnation,
        "size": status.size,
        "root": status.root,
        "clock": {"lo": status.clock.lo, "hi": status.clock.hi, "quality": status.clock.quality},
        "drops": [_drop(drop) for drop in status.drops],
        "owed": status.owed,
        "unsynced": {"count": status.unsynced.count, "oldest_s": status.unsynced.oldest_s},
        "seats": {"taken": status.seats.taken, "of": status.seats.of} if status.seats else None,
        "faults": [{"code": fault.code, "text": fault.text} for fault in status.faults],
    }


def _drop(drop: DropStatus) -> dict[str, object]:
    return {
        "drop": drop.drop,
        "slug": drop.slug,
        "title": drop.title,
        "currency": drop.currency,
        "edition": drop.edition,
        "size": drop.size,
        "allotted": drop.allotted,
        "sold": drop.sold,
        "burnt": drop.burnt,
        "blocked": drop.blocked,
        "left": drop.left,
    }
