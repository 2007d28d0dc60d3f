"""The JSON that scripts lean on: of a sale and of the status (DESIGN §7). The API and the commands answer the same."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.status import DropStatus, Status
from appliance.stall.copies import Sold


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
        "faults": [{"code": fault.code, "text": fault.text} for fault in status.faults],
    }


def _drop(drop: DropStatus) -> dict[str, object]:
    return {
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
