"""A status with made-up sales for each page: what `stallbox screen --show` draws, and what documentation shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from appliance.core.scene import Invitation, Mirror, MirrorState, Remark, Scene, Stick, StickDoing
from appliance.core.status import (
    ClockStatus,
    DropStatus,
    Fault,
    Join,
    PayLink,
    Seats,
    Status,
    Unsynced,
    WaitingClaim,
)
from appliance.screens.pages import Page
from appliance.screens.plain import OPENING

_NOW_MS = 900_000
_SOON_MS = _NOW_MS + 90_000
_FAULT = Fault(
    "store", "The memory card cannot be written. Switch the box off, put in the spare card, and switch it on again."
)
_CLOCK = Fault("clock", "The box is not sure of the time: see Box on the console.")

_DROP = DropStatus(
    drop="00112233445566aa",
    slug="harbour-lights",
    title="Harbour Lights",
    creator="Ana Reyes",
    edition="numbered",
    size=100,
    allotted=100,
    sold=63,
    burnt=0,
    blocked=0,
    left=37,
    currency="EUR",
    amount=800,
    cover=None,
)

OPEN_STALL = Status(
    box="a1b2c3d4e5f60718",
    name="Stall 7",
    incarnation=77,
    size=130,
    root="00" * 32,
    clock=ClockStatus(1_790_000_000, 1_790_000_001, "ntp"),
    drops=(_DROP,),
    unsynced=Unsynced(12, 3 * 3600),
    faults=(),
    waiting=(),
    shop_url="HTTP://10.42.0.1/",
    boottime_ms=_NOW_MS,
    seats=Seats(5, 20),
    join=Join("Stall 7", "WIFI:T:WPA;S:Stall 7;P:sunny-market;;"),
)

_CLAIMS = tuple(
    WaitingClaim(
        sale=f"77:{number}",
        title=_DROP.title,
        number=number,
        of=_DROP.size,
        url=f"HTTP://10.42.0.1/C/7KQ2M3VD9XWT{number:04d}",
        pickup=pickup,
        until_ms=_SOON_MS + 1000 * number,
    )
    for number, pickup in ((19, "4823"), (18, "0917"), (17, "4821"))
)

_SCENES = {
    Page.BOOT: Scene(starting=OPENING),
    Page.CLOSED: Scene(is_closed=True),
    Page.STICK: Scene(stick=Stick(StickDoing.READING, "Harbour Lights", 312_000_000, 840_000_000)),
    Page.PAIRING: Scene(invitation=Invitation("HTTPS://10.42.0.1:8443/CONSOLE/PAIR/7KQ2M3VD9XWT4H2C", _SOON_MS)),
    Page.MIRROR: Scene(mirror=Mirror(MirrorState.MISSING, is_sync=True)),
    Page.ANSWER: Scene(remark=Remark("No stick is in. Put one in, and press again.", True, _NOW_MS)),
    Page.STOPPING: Scene(is_stopping=True),
    Page.GOODBYE: Scene(is_off=True),
    Page.TEST: Scene(tested_until_ms=_SOON_MS),
}


_PAY_URL = "HTTPS://PAY.ANA-REYES.EXAMPLE/P/ULMOJZPWA4MBRU6XKQZ4C5LTNAH2"

# What differs from the open stall.
_CHANGES: dict[Page, dict[str, Any]] = {
    Page.CLAIMS: {"waiting": _CLAIMS},
    Page.PAY: {"pay": (PayLink(_DROP.slug, _DROP.title, "Download", _DROP.amount, _DROP.currency, _PAY_URL),)},
    Page.SOLD_OUT: {"drops": (replace(_DROP, sold=100, left=0),)},
    Page.EMPTY: {"drops": ()},
    Page.OWED: {"owed": 2},
    Page.CLOCK: {"faults": (_CLOCK,), "clock": replace(OPEN_STALL.clock, quality="floor")},
    Page.FAULT: {"faults": (_FAULT,)},
    Page.NOT_SYNCED: {"unsynced": Unsynced(212, 2 * 86400 + 3600)},
    **{page: {"scene": scene} for page, scene in _SCENES.items()},
}

EXAMPLES: Mapping[Page, Status] = MappingProxyType(
    {page: replace(OPEN_STALL, **_CHANGES.get(page, {})) for page in Page}
)
