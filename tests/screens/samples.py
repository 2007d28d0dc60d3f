"""Statuses that the tests of screens, show and devices draw."""

from __future__ import annotations

from dataclasses import replace

from appliance.core.status import Fault
from appliance.screens.examples import EXAMPLES, OPEN_STALL
from appliance.screens.pages import Page

SIZES = ((250, 122), (296, 128), (400, 300), (800, 480), (1920, 1080))
SHOP_URL = OPEN_STALL.shop_url

(DROP,) = OPEN_STALL.drops
SOLD_OUT = replace(DROP, sold=100, left=0)
OPEN = replace(DROP, edition="open", size=None, allotted=0, left=None)

STATUS = replace(OPEN_STALL, seats=None, join=None)  # in a network that is not the box's own
CLAIMS = EXAMPLES[Page.CLAIMS].waiting
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
(FAULT,) = EXAMPLES[Page.FAULT].faults
NOTE = Fault("papers-expired", "The papers of Dockside EP have expired: ask Ana Reyes for new ones.")
