"""The payloads of papers, written: the exact counterpart of what appliance/core parses.

Knows the field names of FORMATS §2 and nothing else: no key, no file, no clock. Whoever writes one reads it back
with core before anybody signs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.core.allotment import Allotment, ranges_of
from appliance.core.documents import format_time
from appliance.core.manifest import Aftercare, Item, Manifest, Price
from appliance.core.trust import Creator, Issuer, Member, Trust

Fields = dict[str, object]


def trust_fields(trust: Trust) -> Fields:
    """The trust document (FORMATS §2.1)."""
    return {
        "spec": 1,
        "organizer": trust.organizer,
        "event": trust.event,
        "version": trust.version,
        "issued": format_time(trust.issued),
        "expires": format_time(trust.expires),
        "root": {"keys": [key.did for key in trust.root], "threshold": trust.threshold},
        "creators": [_creator(creator) for creator in trust.creators],
        "issuers": [_issuer(issuer) for issuer in trust.issuers],
        "boxes": [{"key": box.key.did, "name": box.name} for box in trust.boxes],
        "cosigners": [_cosigner(cosigner) for cosigner in trust.cosigners],
        "contact_key": trust.contact_key,
        "contact_text": trust.contact_text,
        "revoked": {"keys": sorted(trust.revoked_keys), "tokens": sorted(trust.revoked_tokens)},
    }


def _creator(creator: Creator) -> Fields:
    return {
        "key": creator.key.did,
        "origin": creator.origin,
        "name": creator.name,
        "drops": list(creator.drops),
    }


def _issuer(issuer: Issuer) -> Fields:
    return {
        "key": issuer.key.did,
        "name": issuer.name,
        "kind": issuer.kind,
        "drops": list(issuer.drops),
        "max_amount": issuer.max_amount,
        "max_lifetime": issuer.max_lifetime,
        "max_count": issuer.max_count,
        "time": issuer.time,
    }


def _cosigner(cosigner: Member) -> Fields:
    return {"key": cosigner.key.did, "name": cosigner.name, "note": cosigner.note}


def manifest_fields(manifest: Manifest) -> Fields:
    """The drop manifest (FORMATS §2.2)."""
    return {
        "spec": 1,
        "drop": manifest.slug,
        "version": manifest.version,
        "issued": format_time(manifest.issued),
        "expires": format_time(manifest.expires),
        "title": manifest.title,
        "summary": manifest.summary,
        "creator": {"key": manifest.origin.did, "url": manifest.url},
        "license": manifest.license,
        "cover": manifest.cover,
        "edition": {"kind": "open"} if manifest.size is None else {"kind": "numbered", "size": manifest.size},
        "prices": [_price(price) for price in manifest.prices],
        "currency": manifest.currency,
        "sale": {"from": _time(manifest.sale_from), "until": _time(manifest.sale_until)},
        "download": {"lifetime": manifest.lifetime, "budget": manifest.budget},
        "files": [_item(item) for item in manifest.files],
        "aftercare": _aftercare(manifest.aftercare),
    }


def _time(unix: int | None) -> str | None:
    return None if unix is None else format_time(unix)


def _price(price: Price) -> Fields:
    return {
        "id": price.id,
        "title": price.title,
        "amount": price.amount,
        "hand_over": price.hand_over,
        "stock": price.stock,
    }


def _item(item: Item) -> Fields:
    return {
        "path": item.path,
        "length": item.length,
        "sha256": item.sha256,
        "type": item.type,
        "title": item.title,
        "preview": item.preview,
    }


def _aftercare(aftercare: Aftercare | None) -> Fields | None:
    return None if aftercare is None else {"url": aftercare.url, "text": aftercare.text}


def allotment_fields(
    drop: str,
    size: int,
    shares: Mapping[str, frozenset[int]],
    issued: int,
    last: Allotment | None,
    released: Mapping[tuple[str, str], frozenset[int]] | None = None,
) -> Fields:
    """The allotment that follows `last`: box id → its numbers; what nobody has is the reserve (FORMATS §2.3).

    `released`: box id and reference of its entry → the numbers that it gave up there.
    """
    given = frozenset().union(*shares.values())
    return {
        "spec": 1,
        "drop": drop,
        "epoch": 1 if last is None else last.epoch + 1,
        "previous": None if last is None else last.digest,
        "issued": format_time(issued),
        "boxes": [{"box": box, "ranges": ranges_of(numbers)} for box, numbers in shares.items()],
        "reserve": ranges_of(frozenset(range(1, size + 1)) - given),
        "released": [
            {"box": box, "ranges": ranges_of(numbers), "entry": entry}
            for (box, entry), numbers in (released or {}).items()
        ],
    }


def clock_reset_fields(box: str, n: int, issued: int) -> Fields:
    """The paper that sets a box's clock back or forth to `issued` (FORMATS §2.5)."""
    return {"spec": 1, "box": box, "n": n, "issued": format_time(issued)}


def courier_fields(event: str, expires: int) -> Fields:
    """The paper that makes a stick one to which sales are written unasked (FORMATS §2.5)."""
    return {"spec": 1, "event": event, "expires": format_time(expires)}


def certificate_lines(lines: Sequence[bytes]) -> bytes:
    """A certificate pack: one LF after each line (FORMATS §2.4)."""
    return b"".join(line + b"\n" for line in lines)
