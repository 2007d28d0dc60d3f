"""Statuses that the tests of screens, show and devices draw."""

from __future__ import annotations

from dataclasses import replace

from appliance.core.status import ClockStatus, DropStatus, Fault, Status, Unsynced, WaitingClaim

SIZES = ((250, 122), (296, 128), (400, 300), (800, 480), (1920, 1080))
SHOP_URL = "HTTP://10.42.0.1/"

DROP = DropStatus(
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
SOLD_OUT = replace(DROP, sold=100, left=0)
OPEN = replace(DROP, edition="open", size=None, allotted=0, left=None)

CLAIMS = tuple(
    WaitingClaim(
        sale=f"77:{number}",
        title="Harbour Lights",
        number=number,
        of=100,
        url=f"HTTP://10.42.0.1/C/7KQ2M3VD9XWT{number:04d}",
        pickup=pickup,
        until_ms=1_000_000 + 1000 * number,
    )
    for number, pickup in ((19, "4823"), (18, "0917"), (17, "4821"))
)

STATUS = Status(
    box="a1b2c3d4e5f60718",
    name="Stall 7",
    incarnation=77,
    size=130,
    root="00" * 32,
    clock=ClockStatus(1_790_000_000, 1_790_000_001, "ntp"),
    drops=(DROP,),
    unsynced=Unsynced(12, 3 * 3600),
    faults=(),
    waiting=(),
    shop_url=SHOP_URL,
    boottime_ms=900_000,
)
SEVERAL = replace(
    STATUS,
    drops=(
        DROP,
        replace(
            DROP, slug="tide", title="Tide Tables: a zine about waiting", amount=500, left=12, size=40, allotted=40
        ),
        replace(SOLD_OUT, slug="dockside", title="Dockside EP"),
        replace(OPEN, slug="wallpaper", title="Wallpapers", amount=0),
    ),
)
FAULT = Fault(
    "store", "The memory card cannot be written. Switch the box off, put in the spare card, and switch it on again."
)
NOTE = Fault("papers-expired", "The papers of Dockside EP have expired: ask Ana Reyes for new ones.")
