"""What a claim's pages show, as plain values for the templates: the copy, its files, and what to do on this phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aiohttp import hdrs, web

from appliance.core.claim import shown
from appliance.core.clock import Quality, Stamp
from appliance.core.manifest import Item, Manifest
from appliance.core.probes import System, is_sign_in, system_of
from appliance.stall.claims import Claim
from appliance.web.addresses import claim_path
from appliance.web.listing import FIRST
from appliance.web.pace import Pace
from appliance.web.showcase import View, item_view, previews_view

KEPT_BYTES = 32 * 1000 * 1000
"""Archives up to here a page may fetch by itself and go on after a break: it holds them in the browser's memory until
they are whole. Larger ones are the browser's own downloads."""

_BUSY = 3  # other phones that download, from which on a page says so
_DOUBTFUL = {Quality.NONE, Quality.FLOOR}


class Place(StrEnum):
    """Where a page is looked at, as far as that decides how files are kept there."""

    APPLE_SIGN_IN = "apple-sign-in"
    ANDROID_SIGN_IN = "android-sign-in"
    IPHONE = "iphone"
    ANDROID = "android"
    COMPUTER = "computer"


def place_of(agent: str) -> Place:
    """From what a browser calls itself. An iPad calls itself a Mac and keeps files as one."""
    system = system_of(agent)
    if is_sign_in(agent):
        return Place.APPLE_SIGN_IN if system is System.APPLE else Place.ANDROID_SIGN_IN
    if system is System.APPLE and "Macintosh" not in agent:
        return Place.IPHONE
    return Place.ANDROID if system in {System.ANDROID, System.FIREOS} else Place.COMPUTER


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: the address of a phone, its browser, and when."""

    address: str
    place: Place
    now: Stamp

    @classmethod
    def of(cls, request: web.Request, now: Stamp) -> Looker:
        return cls(request.remote or "", place_of(request.headers.get(hdrs.USER_AGENT, "")), now)


def claim_view(claim: Claim, looker: Looker, pace: Pace) -> View:
    """A claim's page."""
    manifest: Manifest = claim.manifest
    others = pace.others(looker.address)
    return copy_view(claim) | {
        "slug": manifest.slug,
        "cover": claim.held.pictures is not None,
        "price_title": claim.price_title,
        "hand_over": claim.hand_over,
        "delivered": claim.delivered,
        "total": manifest.total,
        "wait": pace.seconds(manifest.total, looker.address),
        "count": len(manifest.files),
        "files": [file_view(claim, item, looker, pace) for item in manifest.files[:FIRST]],
        "seconds_left": claim.left_ms // 1000,
        "until": _until(claim, looker.now),
        "aftercare": manifest.aftercare,
        "license": manifest.license,
        "place": looker.place.value,
        "is_kept_by_page": manifest.total <= KEPT_BYTES and not looker.place.endswith("sign-in"),
        "busy": others if others >= _BUSY else 0,
        **previews_view(manifest),
    }


def copy_view(claim: Claim) -> View:
    """What every page of a claim says of it."""
    return {
        "path": claim_path(claim.code),
        "shown": shown(claim.code),
        "title": claim.manifest.title,
        "creator": claim.held.creator,
        "number": claim.number,
        "of": claim.manifest.size,
    }


def file_view(claim: Claim, item: Item, looker: Looker, pace: Pace) -> View:
    """One file, its way and how long it takes."""
    seconds = pace.seconds(item.length, looker.address)
    return item_view(item, claim_path(claim.code)) | {"wait": seconds}


def _until(claim: Claim, now: Stamp) -> datetime | None:
    """When the claim ends, on the box's own clock; None where that is not to be trusted."""
    return None if now.quality in _DOUBTFUL else datetime.fromtimestamp(claim.ends).astimezone()
