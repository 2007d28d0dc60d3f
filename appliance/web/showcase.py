"""What the pages before the sale show of a drop, as plain values for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core.manifest import Item, Manifest, Price
from appliance.stall.catalogue import HeldDrop
from appliance.web.addresses import drop_path, file_path
from appliance.web.listing import FIRST
from appliance.weblib.disposition import is_passive
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import ngettext as _n

_PICTURE_BYTES = 400 * 1000  # a larger preview is a link: eight phones share the radio
_UNASKED_BYTES = 40 * 1000  # of previews, up to which they are fetched before anybody taps
_MOST_PREVIEWS = 24  # on one page; the list of all files leads to every one

View = dict[str, object]


@dataclass(frozen=True, slots=True)
class Left:
    """What this box can still sell of a drop, and under each of its price options; None without a limit."""

    copies: int | None
    prices: Mapping[str, int | None] = field(default_factory=dict)

    def of(self, price: Price) -> int | None:
        """How many may be sold under this option, both limits counted."""
        limits = [limit for limit in (self.copies, self.prices.get(price.id)) if limit is not None]
        return min(limits, default=None)

    def said(self, price: Price) -> str:
        """`2 left` for a price option; empty where it has no limit of its own."""
        left = self.of(price)
        if left is None or self.prices.get(price.id) is None:
            return ""
        return _n("%(count)s left", "%(count)s left", left) % {"count": left} if left else _("none left")


def copies_said(size: int | None, left: int | None) -> str:
    """`37 of 100 left`."""
    if size is None or left is None:
        return _("Open edition")
    if not left:
        return _("Sold out here")
    return _n("%(left)s of %(size)s left", "%(left)s of %(size)s left", left) % {"left": left, "size": size}


def drop_card(held: HeldDrop, left: Left) -> View:
    """One drop among several."""
    manifest = held.manifest
    return {
        "slug": manifest.slug,
        "title": manifest.title,
        "creator": held.creator,
        "cover": held.pictures is not None,
        "size": manifest.size,
        "left": left.copies,
        "left_said": copies_said(manifest.size, left.copies),
        "currency": manifest.currency,
        "prices": manifest.prices,
        "least": min(price.amount for price in manifest.prices),
    }


def drop_view(held: HeldDrop, left: Left, *, gives: bool) -> View:
    """A drop's own page. `gives`: whether buyers may take a copy that costs nothing by themselves."""
    manifest = held.manifest
    return drop_card(held, left) | {
        "summary": manifest.summary,
        "count": len(manifest.files),
        "files": [item_view(item, None) for item in manifest.files[:FIRST]],
        "total": manifest.total,
        "license": manifest.license,
        "url": manifest.url,
        "prices": [price_view(price, left, gives=gives) for price in manifest.prices],
        "is_light": _previewed(manifest) <= _UNASKED_BYTES,
        **previews_view(manifest),
    }


def price_view(price: Price, left: Left, *, gives: bool) -> View:
    """One price option. `take`: it costs nothing and may be taken on the page itself."""
    could = left.of(price)
    return {
        "id": price.id,
        "title": price.title,
        "amount": price.amount,
        "hand_over": price.hand_over,
        "left": could,
        "left_said": left.said(price),
        "take": gives and price.amount == 0 and could != 0,
    }


def previews_view(manifest: Manifest) -> View:
    """The first files that the creator shows to everybody: pictures, sounds, and the rest as links."""
    sorts: dict[str, list[View]] = {"pictures": [], "sounds": [], "others": []}
    for item in _previews(manifest):
        sorts[_sort(item)].append(item_view(item, drop_path(manifest.slug)))
    return dict(sorts)


def _previewed(manifest: Manifest) -> int:
    return sum(item.length for item in _previews(manifest) if _sort(item) == "pictures")


def _previews(manifest: Manifest) -> Sequence[Item]:
    return [item for item in manifest.files if item.preview][:_MOST_PREVIEWS]


def _sort(item: Item) -> str:
    if item.type.startswith("audio/"):
        return "sounds"
    small_picture = item.type.startswith("image/") and item.length <= _PICTURE_BYTES
    return "pictures" if small_picture and is_passive(item.type) else "others"


def item_view(item: Item, base: str | None) -> View:
    """One file; where there is a `base`, with the way to it."""
    return {
        "name": item.title or item.path,
        "length": item.length,
        "href": file_path(base, item.path) if base else None,
    }
