"""Every code on every page is read by a phone: held straight, tilted, out of focus."""

from __future__ import annotations

import pytest

from appliance.screens.pages import Page
from tests.depth import depth
from tests.reading import by_hand, codes
from tests.screens.cases import CASES, PANELS, Case, Mode

UPRIGHT = ((480, 800), "1")
SMALL = ((296, 128), "1")
EVERY_PANEL = (*PANELS, SMALL, UPRIGHT)
STRICTEST = {"rotated and blurred": (1.0, 7.0)}
EACH = {"straight": (0.0, 0.0), "rotated 7°": (0.0, 7.0), "blurred 1 px": (1.0, 0.0)}
HANDS = depth(STRICTEST, EACH | STRICTEST)
every_panel = pytest.mark.parametrize(("size", "mode"), EVERY_PANEL, ids=str)
ONE_CODE_EACH = (250, 296)  # pixels of width on which one code stands at a time


def said(case: Case, size: tuple[int, int]) -> set[str]:
    """What the codes of a page say, all that there should be."""
    status = case.status
    join = status.join.text if status.join else ""
    is_narrow = size[0] in ONE_CODE_EACH
    if case.page is Page.CLAIMS:
        return {claim.url for claim in status.waiting[: 1 if is_narrow else 3]}
    if case.page is Page.BOTH:
        return {join} if is_narrow else {join, status.shop_url}
    if case.page in {Page.SHOP, Page.SOLD_OUT, Page.CLOSED}:
        return {status.shop_url}
    if status.scene.invitation is not None:
        return {status.scene.invitation.url}
    if case.page is Page.TEST:
        return {f"STALLBOX {size[0]}X{size[1]}"}
    return {Page.JOIN: {join}, Page.PAY: {link.url for link in status.pay}}.get(case.page, set())


CODELESS = {name for name, case in CASES.items() if not said(case, (400, 300))}


@every_panel
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("name", sorted(CASES.keys() - CODELESS))
def test_every_code_is_read(name: str, size: tuple[int, int], mode: Mode, hand: str) -> None:
    """All that should be on the page and nothing else, at every size."""
    blur, degrees = HANDS[hand]
    scale = max(1, 1000 // size[0])  # a camera's picture has about as many pixels, whatever is in front of it
    photo = by_hand(CASES[name].draw(size, mode), blur=blur, degrees=degrees, scale=scale)
    assert codes(photo) == said(CASES[name], size)


@every_panel
@pytest.mark.parametrize("name", sorted(CODELESS))
def test_no_code_where_none_is_due(name: str, size: tuple[int, int], mode: Mode) -> None:
    """A page about the box itself leads nobody anywhere."""
    assert codes(CASES[name].draw(size, mode)) == set()
