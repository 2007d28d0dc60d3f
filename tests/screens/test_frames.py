"""Frames: every page, at every size, is readable by people and by phones."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.core.pace import Pace
from appliance.core.scene import Sync, SyncDoing
from appliance.core.status import Case, Fault, Join, Status
from appliance.draw import qr
from appliance.screens.examples import EXAMPLES
from appliance.screens.frames import cover_of, draw, frame, next_change_ms, viewer
from appliance.screens.pages import Page
from appliance.screens.turns import turn
from tests.depth import depth
from tests.reading import by_hand, codes
from tests.screens.cases import cover
from tests.screens.samples import CLAIMS, DROP, FAULT, NOTE, SEVERAL, SHOP_URL, SIZES, SOLD_OUT, STATUS

Mode = Literal["1", "RGB"]
MODES: tuple[Mode, ...] = ("1", "RGB")
LONG = "The Extraordinarily Long-winded Compendium of Harbour Lights, Volume Two"
BIG = replace(
    STATUS,
    faults=(NOTE,),
    waiting=tuple(replace(claim, title=LONG, number=10_000, of=10_000) for claim in CLAIMS),
)
STATUSES = {
    "shop": STATUS,
    "several": SEVERAL,
    "long title": replace(STATUS, drops=(replace(DROP, title=LONG, creator=LONG, currency="JPY", amount=1_234_500),)),
    "one claim": replace(STATUS, waiting=CLAIMS[:1]),
    "two claims": replace(STATUS, waiting=CLAIMS[:2]),
    "three claims": replace(STATUS, waiting=CLAIMS),
    "long claims": BIG,
    "sold out": replace(STATUS, drops=(SOLD_OUT,)),
    "fault": replace(STATUS, faults=(FAULT, NOTE)),
    "empty": replace(STATUS, drops=()),
}
HANDS = depth([(0, 0), (1.2, 7)], [(0, 0), (1.2, 0), (0, 7), (1.2, 7)])
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
every_mode = pytest.mark.parametrize("mode", MODES)
every_page = pytest.mark.parametrize("name", STATUSES)


@every_size
@every_mode
@every_page
def test_a_frame_is_what_the_display_takes(size: tuple[int, int], mode: Mode, name: str) -> None:
    """Size and mode are the display's, and the same status gives the same pixels."""
    first, second = (frame(STATUSES[name], size, mode) for _ in range(2))
    assert (first.size, first.mode) == (size, mode)
    assert first.tobytes() == second.tobytes()


@every_size
@every_mode
@pytest.mark.parametrize("name", ["long title"])
@pytest.mark.parametrize(("blur", "degrees"), HANDS)
def test_the_shop_s_code_is_read(size: tuple[int, int], mode: Mode, name: str, blur: float, degrees: float) -> None:
    """A long title takes nothing from the code: a phone reads it sharp, out of focus, tilted."""
    image = frame(STATUSES[name], size, mode)
    assert codes(by_hand(image, blur=blur, degrees=degrees, scale=_scale(size))) == {SHOP_URL}


@every_size
@every_mode
@pytest.mark.parametrize("name", ["two claims", "long claims"])
@pytest.mark.parametrize(("blur", "degrees"), HANDS)
def test_claims_are_read(size: tuple[int, int], mode: Mode, name: str, blur: float, degrees: float) -> None:
    """A phone reads each claim that is shown; where there is room for all who wait, all are shown."""
    status = STATUSES[name]
    shown = [claim.url for claim in status.waiting][: None if size[0] >= 400 else 1]
    photo = by_hand(frame(status, size, mode), blur=blur, degrees=degrees, scale=_scale(size))
    assert codes(photo) == set(shown)


def _scale(size: tuple[int, int]) -> int:
    return max(1, 1000 // size[0])  # a camera's picture has about as many pixels, whatever is in front of it


def _dark(image: Image.Image) -> tuple[int, int, int, int]:
    return image.convert("L").point(lambda value: 255 if value < 250 else 0).getbbox() or (0, 0, 0, 0)


@every_size
@every_mode
@every_page
def test_nothing_touches_the_edge(size: tuple[int, int], mode: Mode, name: str) -> None:
    """Nothing is clipped: at least two pixels at each edge stay white."""
    left, top, right, bottom = _dark(frame(STATUSES[name], size, mode))
    assert min(left, top, size[0] - right, size[1] - bottom) >= 2


def test_a_title_in_another_script_is_drawn_as_the_slug() -> None:
    """The frame of a title that the typeface lacks is that of its slug."""

    def shop(title: str) -> Image.Image:
        return frame(replace(STATUS, drops=(replace(DROP, title=title),)), (400, 300), "1")

    assert shop("東京ナイト").tobytes() == shop(DROP.slug).tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"unsynced": replace(STATUS.unsynced, count=13)},
        {"unsynced": replace(STATUS.unsynced, oldest_s=5 * 3600)},
        {"clock": replace(STATUS.clock, quality="floor")},
        {"faults": (NOTE,)},
        {"cases": (Case("a1", "forked", 3),)},
    ],
    ids=["count", "age", "clock", "fault", "case"],
)
@pytest.mark.parametrize("size", [(400, 300), (800, 480), (1920, 1080)])
def test_the_foot_says_the_truth(change: dict[str, object], size: tuple[int, int]) -> None:
    """What is not synced, an unset clock and a fault all show at the foot, and nowhere else on the page."""
    before, after = (frame(status, size, "1") for status in (STATUS, replace(STATUS, **change)))
    page = (0, 0, size[0], round(size[1] * 0.9))
    assert before.tobytes() != after.tobytes()
    assert before.crop(page).tobytes() == after.crop(page).tobytes()


@pytest.mark.parametrize("size", [(400, 300), (800, 480), (1920, 1080)])
def test_not_synced_says_why(size: tuple[int, int]) -> None:
    """The page says what the last try was stopped by, also where that is a long sentence."""
    usual = EXAMPLES[Page.NOT_SYNCED]
    why = "The collector at https://collector.example.org shows a certificate that is not its own. Nothing was sent."
    waits = replace(usual, scene=replace(usual.scene, sync=Sync(SyncDoing.WAITING, why)))
    pages = [draw(Page.NOT_SYNCED, status, size, "1").tobytes() for status in (usual, waits)]
    assert pages[0] != pages[1]


@pytest.mark.parametrize("size", SIZES)
def test_a_fault_shows_when_all_is_sold(size: tuple[int, int]) -> None:
    """What the stall owner must do, such as to settle what is owed, shows beside Sold out on every panel."""
    sold_out = replace(STATUS, drops=(SOLD_OUT,), waiting=())
    assert frame(sold_out, size, "1").tobytes() != frame(replace(sold_out, faults=(NOTE,)), size, "1").tobytes()


def test_a_short_name_leaves_the_foot_to_the_sentence() -> None:
    """On a 4.2-inch panel the sentence of a fault is not cut for a name that needs less than a third."""
    sentence = "2 payments have no copy yet: see Redeem on the console."
    whole, cut = (replace(STATUS, name="Stall 7", faults=(Fault("owed", sentence + end),)) for end in ("", " And on."))
    assert frame(whole, (400, 300), "1").tobytes() != frame(cut, (400, 300), "1").tobytes()


def test_seconds_that_pass_change_nothing() -> None:
    """An age is told in whole minutes and hours, so that a panel does not refresh every second."""
    older = replace(
        STATUS, unsynced=replace(STATUS.unsynced, oldest_s=STATUS.unsynced.oldest_s + 59), boottime_ms=959_000
    )
    assert frame(older, (800, 480), "1").tobytes() == frame(STATUS, (800, 480), "1").tobytes()


def test_an_address_too_long_for_the_panel_is_not_drawn_unreadably() -> None:
    """Where no code of 3-pixel modules fits, the page goes without one."""
    status = replace(STATUS, shop_url="HTTPS://A-VERY-LONG-NAME.OF-A-STALL.EXAMPLE.ORG:8080/AND/A/PATH/THAT/IS/LONG/")
    assert qr.pixels_per_module(status.shop_url, 122) is None
    assert codes(frame(status, (250, 122), "1")) == set()
    assert codes(frame(status, (800, 480), "1")) == {status.shop_url}


titles = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=120)


@settings(max_examples=40)
@given(st.integers(250, 1920), st.integers(122, 1080), st.sampled_from(MODES), titles, titles, st.integers(0, 3))
def test_any_size_and_any_words(across: int, down: int, mode: Mode, title: str, name: str, waiting: int) -> None:
    """Whatever a creator calls a drop, and whatever the display is, the newest code is whole and read."""
    drop = replace(DROP, title=title, creator=name)
    claims = tuple(replace(claim, title=title) for claim in CLAIMS[:waiting])
    status: Status = replace(STATUS, name=name, drops=(drop,), waiting=claims)
    found = codes(frame(status, (across, down), mode))
    assert (claims[0].url if claims else SHOP_URL) in found


def test_a_frame_is_the_page_that_is_due() -> None:
    """For every example the frame is the page that its rules call for, and says until when that holds."""
    for page, status in EXAMPLES.items():
        due = turn(status, viewer(status, (800, 480), Pace.INK, is_local=True))
        drawn = frame(status, (800, 480), "1", pace=Pace.INK)
        assert drawn.tobytes() == draw(due.page, status, (800, 480), "1", place=due.place).tobytes(), page


def test_a_code_that_pairs_a_phone_is_drawn_at_the_stall_alone() -> None:
    """A frame for a browser leads to the shop instead."""
    status = EXAMPLES[Page.PAIRING]
    assert status.scene.invitation is not None
    here, there = (frame(status, (800, 480), "1", is_local=is_local) for is_local in (True, False))
    assert codes(here) == {status.scene.invitation.url}
    assert status.join is not None
    assert codes(there) == {status.join.text, status.shop_url}


@pytest.mark.parametrize(("size", "is_room"), [((250, 122), False), ((400, 300), True), ((800, 480), True)])
@pytest.mark.parametrize("mode", MODES)
def test_the_cover_is_drawn_where_there_is_room(size: tuple[int, int], is_room: bool, mode: Mode) -> None:
    """One drop's cover stands beside its title; the smallest panel goes without, ink gets dots."""
    status = replace(STATUS, drops=(replace(DROP, cover="c0ffee"),))
    assert cover_of(status) == "c0ffee"
    bare, covered = (frame(status, size, mode, cover=picture).tobytes() for picture in (None, cover()))
    assert (bare != covered) is is_room


def test_several_drops_show_no_cover() -> None:
    """None of them is put before the others."""
    assert cover_of(replace(SEVERAL, drops=tuple(replace(drop, cover="c0ffee") for drop in SEVERAL.drops))) is None


@pytest.mark.parametrize("size", SIZES)
def test_both_codes_share_a_page_only_where_both_stay_large(size: tuple[int, int]) -> None:
    """On the two small panels network and shop take turns; from 4.2 inches on they stand side by side."""
    status = EXAMPLES[Page.BOTH]
    assert viewer(status, size, Pace.INK, is_local=True).has_room is (size[0] >= 400)
    assert (next_change_ms(status, size, pace=Pace.INK) is None) is (size[0] >= 400)


def test_a_network_with_a_long_name_takes_turns_where_its_code_grows_too_large() -> None:
    """Room is judged by the very codes that would be drawn."""
    text = f"WIFI:T:WPA;S:{'A long name of a stall' * 2};P:{'a long pass phrase' * 3};;"
    status = replace(EXAMPLES[Page.BOTH], join=Join("A long name", text))
    assert not viewer(status, (400, 300), Pace.INK, is_local=True).has_room
    assert viewer(status, (1920, 1080), Pace.LIGHT, is_local=True).has_room
