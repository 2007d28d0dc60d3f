"""What the buyers' pages show of a drop and of a claim, as plain values for the templates."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.core.claim import shown
from appliance.core.manifest import Item, Manifest
from appliance.stall.catalogue import HeldDrop
from appliance.stall.claims import Claim
from appliance.web.addresses import claim_path, drop_path, file_path
from appliance.weblib.disposition import is_passive

_PICTURE_BYTES = 400 * 1000  # a larger preview is a link: eight phones share the radio

View = dict[str, object]


def drop_card(held: HeldDrop, left: int | None) -> View:
    """One drop among several."""
    manifest = held.manifest
    return {
        "slug": manifest.slug,
        "title": manifest.title,
        "creator": held.creator,
        "cover": held.pictures is not None,
        "size": manifest.size,
        "left": left,
        "currency": manifest.currency,
        "prices": manifest.prices,
        "least": min(price.amount for price in manifest.prices),
    }


def drop_view(held: HeldDrop, left: int | None, stock: Mapping[str, int | None], *, gives: bool) -> View:
    """A drop's own page. `stock`: what is left of each price option, None without a limit.

    `gives`: whether buyers may take a copy that costs nothing by themselves.
    """
    manifest = held.manifest
    previews = [item for item in manifest.files if item.preview]
    kinds = [_kind(item) for item in previews]
    views = [_item_view(item, drop_path(manifest.slug)) for item in previews]
    return drop_card(held, left) | {
        "summary": manifest.summary,
        "files": manifest.files,
        "total": manifest.total,
        "license": manifest.license,
        "url": manifest.url,
        "prices": [
            {
                "id": price.id,
                "title": price.title,
                "amount": price.amount,
                "left": stock.get(price.id),
                "take": gives and price.amount == 0 and left != 0 and stock.get(price.id) != 0,
            }
            for price in manifest.prices
        ],
        "previews": previews,
        "pictures": [view for view, kind in zip(views, kinds, strict=True) if kind == "picture"],
        "sounds": [view for view, kind in zip(views, kinds, strict=True) if kind == "sound"],
        "others": [view for view, kind in zip(views, kinds, strict=True) if kind == "other"],
    }


def _kind(item: Item) -> str:
    if item.type.startswith("audio/"):
        return "sound"
    small_picture = item.type.startswith("image/") and item.length <= _PICTURE_BYTES
    return "picture" if small_picture and is_passive(item.type) else "other"


def _item_view(item: Item, base: str) -> View:
    return {
        "name": item.title or item.path,
        "length": item.length,
        "href": file_path(base, item.path),
        "passive": is_passive(item.type),
    }


def claim_view(claim: Claim) -> View:
    """A claim's page."""
    manifest: Manifest = claim.manifest
    base = claim_path(claim.code)
    return {
        "path": base,
        "shown": shown(claim.code),
        "slug": manifest.slug,
        "title": manifest.title,
        "creator": claim.held.creator,
        "cover": claim.held.pictures is not None,
        "number": claim.number,
        "of": manifest.size,
        "price_title": claim.price_title,
        "hand_over": claim.hand_over,
        "delivered": claim.delivered,
        "total": manifest.total,
        "files": [_item_view(item, base) for item in manifest.files],
        "seconds_left": claim.left_ms // 1000,
        "aftercare": manifest.aftercare,
        "license": manifest.license,
    }
