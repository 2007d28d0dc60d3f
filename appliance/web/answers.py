"""The JSON that scripts lean on (DESIGN §7). The API and the commands answer the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.core.health import Reading
from appliance.core.manifest import Manifest
from appliance.core.scene import Scene
from appliance.core.status import BatteryClock, DropStatus, Status
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
        "cases": [{"case": case.name, "reason": case.reason, "entries": case.entries} for case in status.cases],
        "unsynced": {"count": status.unsynced.count, "oldest_s": status.unsynced.oldest_s},
        "seats": {"taken": status.seats.taken, "of": status.seats.of} if status.seats else None,
        "buttons": list(status.buttons),
        "faults": [{"code": fault.code, "text": fault.text} for fault in status.faults],
        "papers": {"trust": status.papers.trust, "expires": status.papers.expires} if status.papers else None,
        "battery_clock": _battery(status.battery) if status.battery else None,
        "machine": _machine(status.health.reading) if status.health else None,
        **_around(status.scene),
    }


def _battery(battery: BatteryClock) -> dict[str, object]:
    return {"kind": battery.kind, "doubt": battery.doubt.value if battery.doubt else None}


def _machine(reading: Reading) -> dict[str, object]:
    disk = reading.disk
    return {
        "undervolted": reading.is_undervolted,
        "celsius": reading.celsius,
        "disk": {"free": disk.free, "reserve": disk.reserve, "read_only": disk.is_read_only, "kind": disk.kind},
    }


def _around(scene: Scene) -> dict[str, object]:
    """What is known while the daemon runs, and empty else."""
    mirror, sync = scene.mirror, scene.sync
    return {
        "announced": scene.announced,
        "displays": [display.answer() for display in scene.displays],
        "mirror": {"state": mirror.state.value, "sync": mirror.is_sync, "behind": mirror.behind} if mirror else None,
        "sync": {"doing": sync.doing.value, "text": sync.text} if sync else None,
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
