"""Whose turn it is on the screen, and when that changes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.pace import Pace
from appliance.core.scene import KEPT_MS, Invitation, Mirror, MirrorState, Remark, Scene, Stick, StickDoing, Turned
from appliance.core.status import Fault, PayLink, Status, Unsynced
from appliance.screens.examples import EXAMPLES
from appliance.screens.pages import Page, Turn, Viewer, waiting
from appliance.screens.turns import RHYTHMS, next_change_ms, turn
from tests.screens.samples import CLAIMS, DROP, FAULT, NOTE, OPEN, SEVERAL, SOLD_OUT, STATUS

NOW_MS = STATUS.boottime_ms
JOIN = EXAMPLES[Page.JOIN].join
OPEN_STALL = replace(STATUS, join=JOIN)
LATE = Unsynced(12, 3 * 86400)
LINK = PayLink("tide", "Tide Tables", "Download", 500, "EUR", "HTTPS://PAY.EXAMPLE/P/ABC")
READING = Stick(StickDoing.READING, "Harbour Lights", 1, 2)
REFUSED = Remark("Sold out.", True, NOW_MS)
INVITATION = Invitation("HTTPS://10.42.0.1:8443/PAIR/ABC", NOW_MS + 60_000)
INVITED, WAITING_FOR_MIRROR = (
    Scene(invitation=INVITATION),
    Scene(mirror=Mirror(MirrorState.MISSING, is_sync=True)),
)


def sequence(status: Status, viewer: Viewer, for_ms: int) -> list[tuple[Turn, int]]:
    """The turns that follow each other, with how long each stays."""
    end = status.boottime_ms + for_ms
    turns = []
    while status.boottime_ms < end:
        change = next_change_ms(status, viewer)
        assert change is not None
        turns.append((turn(status, viewer), change - status.boottime_ms))
        status = replace(status, boottime_ms=change)
    return turns


@pytest.mark.parametrize(
    ("status", "due"),
    [
        (STATUS, Page.SHOP),
        (SEVERAL, Page.SHOP),
        (replace(STATUS, drops=()), Page.EMPTY),
        (replace(STATUS, drops=(SOLD_OUT,)), Page.SOLD_OUT),
        (replace(STATUS, drops=(SOLD_OUT, OPEN)), Page.SHOP),
        (replace(STATUS, drops=(SOLD_OUT, DROP)), Page.SHOP),
        (replace(STATUS, faults=(NOTE,)), Page.SHOP),
        (replace(STATUS, faults=(NOTE, FAULT)), Page.FAULT),
        (replace(STATUS, faults=(FAULT,), drops=(SOLD_OUT,)), Page.FAULT),
        (replace(STATUS, waiting=CLAIMS), Page.CLAIMS),
        (replace(STATUS, waiting=CLAIMS[:1], faults=(FAULT,), drops=(SOLD_OUT,)), Page.CLAIMS),
        (replace(STATUS, scene=Scene(is_closed=True)), Page.CLOSED),
        (replace(STATUS, scene=Scene(is_closed=True), waiting=CLAIMS), Page.CLAIMS),
        (replace(STATUS, scene=WAITING_FOR_MIRROR), Page.MIRROR),
        (replace(STATUS, scene=WAITING_FOR_MIRROR, faults=(FAULT,)), Page.FAULT),
        (replace(STATUS, scene=INVITED), Page.PAIRING),
        (replace(STATUS, scene=replace(INVITED, stick=READING)), Page.PAIRING),
        (replace(STATUS, scene=Scene(stick=READING)), Page.STICK),
        (replace(STATUS, scene=Scene(stick=READING), waiting=CLAIMS), Page.CLAIMS),
        (replace(STATUS, scene=Scene(remark=REFUSED), waiting=CLAIMS), Page.ANSWER),
        (replace(STATUS, scene=Scene(remark=REFUSED, is_stopping=True)), Page.STOPPING),
        (replace(STATUS, scene=Scene(is_stopping=True), waiting=CLAIMS), Page.STOPPING),
        (replace(STATUS, scene=Scene(is_stopping=True, is_off=True)), Page.GOODBYE),
    ],
)
def test_the_first_rule_that_holds_decides(status: Status, due: Page) -> None:
    """Who waits for a download comes before everything but the end, then what stops the sale, then what is on sale."""
    assert turn(status).page is due


@pytest.mark.parametrize("code", ["papers-expired", "device", "doc-signature"])
def test_a_fault_that_stops_nothing_leaves_the_shop_open(code: str) -> None:
    """Only a fault with which nothing can be sold takes the page."""
    assert turn(replace(STATUS, faults=(Fault(code, "A sentence."),))).page is Page.SHOP


def test_a_claim_leaves_when_its_time_is_over() -> None:
    """A claim is shown until its moment and not at it."""
    claim = CLAIMS[0]
    shown = replace(STATUS, waiting=(claim,), boottime_ms=claim.until_ms - 1)
    over = replace(shown, boottime_ms=claim.until_ms)
    assert (turn(shown).page, turn(over).page) == (Page.CLAIMS, Page.SHOP)
    assert (next_change_ms(shown), next_change_ms(over)) == (claim.until_ms, None)


def test_the_last_three_are_shown() -> None:
    """Of many who wait the three newest are shown, the newest first."""
    many = tuple(replace(CLAIMS[0], number=number, until_ms=2_000_000 + number) for number in range(9, 0, -1))
    status = replace(STATUS, waiting=many)
    assert [claim.number for claim in waiting(status)] == [9, 8, 7]
    assert next_change_ms(status) == 2_000_007


@pytest.mark.parametrize("pace", Pace)
def test_join_and_shop_take_turns(pace: Pace) -> None:
    """Where one code fits at a time, the network and the shop follow each other, each as long as the pace asks for."""
    turns = sequence(replace(OPEN_STALL, boottime_ms=0), Viewer(pace), 4 * RHYTHMS[pace].front)
    assert turns == [(Turn(page), RHYTHMS[pace].front) for page in (Page.JOIN, Page.SHOP) * 2]


def test_where_there_is_room_both_codes_stand_still() -> None:
    """No turn, and no refresh of a panel, where one page says both."""
    viewer = Viewer(has_room=True)
    assert (turn(OPEN_STALL, viewer).page, next_change_ms(OPEN_STALL, viewer)) == (Page.BOTH, None)


def test_each_payment_has_its_turn() -> None:
    """Price options that are paid on the web follow the shop, one after the other, and only while something sells."""
    links = replace(OPEN_STALL, pay=(LINK, replace(LINK, price_title="Signed")), boottime_ms=0)
    viewer = Viewer(has_room=True)
    turns = [shown for shown, _ in sequence(links, viewer, 3 * RHYTHMS[Pace.LIGHT].front)]
    assert turns == [Turn(Page.BOTH), Turn(Page.PAY, 0), Turn(Page.PAY, 1)]
    assert turn(replace(links, drops=(SOLD_OUT,), join=None), viewer).page is Page.SOLD_OUT


@pytest.mark.parametrize("pace", Pace)
@pytest.mark.parametrize("has_room", [True, False])
def test_reminders_come_now_and_then(pace: Pace, has_room: bool) -> None:
    """Each has its turn, one at a time, and between two of them buyers have the screen for long."""
    status = replace(OPEN_STALL, owed=1, unsynced=LATE, faults=(Fault("clock", "See Box."),), boottime_ms=0)
    rhythm = RHYTHMS[pace]
    turns = sequence(status, Viewer(pace, has_room=has_room), 4 * (rhythm.between + rhythm.reminder))
    pages = [shown.page for shown, _ in turns]
    notes = {Page.OWED, Page.CLOCK, Page.NOT_SYNCED}
    assert notes <= set(pages)
    assert all(stay == rhythm.reminder for shown, stay in turns if shown.page in notes)
    assert sum(stay for shown, stay in turns if shown.page in notes) < 0.1 * sum(stay for _, stay in turns)
    assert not any({one, other} <= notes for one, other in itertools.pairwise(pages))


def test_a_day_s_sales_are_no_reason_to_remind() -> None:
    """What was sold today stands at the foot; a page of its own comes after a day."""
    assert next_change_ms(replace(STATUS, unsynced=Unsynced(212, 23 * 3600))) is None


@pytest.mark.parametrize(
    "status",
    [
        replace(STATUS, waiting=CLAIMS),
        replace(STATUS, scene=Scene(stick=READING)),
        replace(STATUS, scene=INVITED),
        replace(STATUS, scene=Scene(turned=Turned().again(NOW_MS))),
    ],
)
def test_a_slow_display_gets_slow_pages_only(status: Status) -> None:
    """On a panel that takes half a minute no claim, no progress and no page that was asked for is ever begun."""
    assert (turn(status, Viewer(Pace.SLOW)), next_change_ms(status, Viewer(Pace.SLOW))) == (Turn(Page.SHOP), None)


def test_slow_pages_stay_three_minutes_at_least() -> None:
    """A panel for which fewer refreshes are advised is not asked for more."""
    rhythm = RHYTHMS[Pace.SLOW]
    assert min(rhythm.front, rhythm.reminder, rhythm.between) >= 180_000


def test_a_phone_is_paired_at_the_stall_alone() -> None:
    """A page in a browser never shows the code that pairs a phone; it ends by itself at the stall."""
    status = replace(STATUS, scene=INVITED)
    assert turn(status, Viewer(is_local=False)).page is Page.SHOP
    assert next_change_ms(status) == INVITATION.until_ms
    assert turn(replace(status, boottime_ms=INVITATION.until_ms)).page is Page.SHOP


@pytest.mark.parametrize("doing", [StickDoing.SAFE, StickDoing.REFUSED, StickDoing.FAILED, StickDoing.NOTHING])
def test_what_a_stick_says_ends_or_takes_turns(doing: StickDoing) -> None:
    """A message with an end has the screen until then; one without leaves it to buyers most of the time."""
    ending, lasting = (
        replace(STATUS, boottime_ms=0, scene=Scene(stick=Stick(doing, "…", until_ms=until))) for until in (5_000, None)
    )
    assert (turn(ending).page, next_change_ms(ending)) == (Page.STICK, 5_000)
    assert turn(replace(ending, boottime_ms=5_000)).page is Page.SHOP
    assert (turn(lasting).page, next_change_ms(lasting)) == (Page.SHOP, RHYTHMS[Pace.LIGHT].between)


def pressed(status: Status, *times_ms: int) -> Status:
    """*next* was pressed at these moments, and it is the last of them."""
    turned = Turned()
    for at in times_ms:
        turned = turned.again(at)
    return replace(status, boottime_ms=times_ms[-1], scene=replace(status.scene, turned=turned))


def test_next_goes_through_all_pages_and_back() -> None:
    """Each press shows the next page at once, whatever the round would have shown by then."""
    status = replace(OPEN_STALL, owed=1, unsynced=Unsynced(12, 60), boottime_ms=1000)
    assert turn(status).page is Page.JOIN
    times = [1000 + 20_000 * press for press in range(5)]
    shown = [turn(pressed(status, *times[: count + 1])).page for count in range(5)]
    assert shown == [Page.SHOP, Page.OWED, Page.NOT_SYNCED, Page.JOIN, Page.SHOP]


def test_a_page_that_was_asked_for_stays_a_while() -> None:
    """It stays for half a minute, then the round goes on."""
    status = pressed(replace(OPEN_STALL, boottime_ms=0), 1000)
    assert (turn(status).page, next_change_ms(status)) == (Page.SHOP, 1000 + KEPT_MS)
    over = replace(status, boottime_ms=1000 + KEPT_MS)
    assert turn(over) == turn(replace(over, scene=Scene()))


def test_next_leaves_claims_until_the_next_sale() -> None:
    """The stall owner may show the shop while a buyer takes long; whoever buys then sees their claim at once."""
    claim = replace(CLAIMS[0], since_ms=NOW_MS - 10_000)
    left = pressed(replace(OPEN_STALL, waiting=(claim,)), NOW_MS)
    assert [turn(left).page, turn(pressed(left, NOW_MS, NOW_MS + 1)).page] == [Page.JOIN, Page.SHOP]
    sold = replace(left, waiting=(replace(claim, since_ms=NOW_MS + 1), claim), boottime_ms=NOW_MS + 1)
    assert turn(sold).page is Page.CLAIMS
    assert turn(replace(left, boottime_ms=NOW_MS + KEPT_MS)).page is Page.CLAIMS


@pytest.mark.parametrize(
    "stick", [READING, Stick(StickDoing.REFUSED, "Signed by nobody we know.", until_ms=NOW_MS + 600_000)]
)
def test_next_leaves_a_stick_alone(stick: Stick) -> None:
    """While a large one is read, or says for long why it is refused, buyers can be shown the shop."""
    status = replace(STATUS, scene=Scene(stick=stick))
    assert [turn(status).page, turn(pressed(status, NOW_MS)).page] == [Page.STICK, Page.SHOP]
    assert turn(replace(pressed(status, NOW_MS), boottime_ms=NOW_MS + KEPT_MS)).page is Page.STICK


@pytest.mark.parametrize("scene", [WAITING_FOR_MIRROR, Scene(is_stopping=True), INVITED])
def test_next_hides_nothing_that_the_stall_owner_must_see(scene: Scene) -> None:
    """What stops the sale, the end and a code for a phone stay."""
    status = replace(STATUS, scene=scene)
    assert turn(pressed(status, NOW_MS)) == turn(status)


scenes = st.builds(
    Scene,
    turned=st.builds(Turned, st.integers(0, 9), st.integers(0, NOW_MS), st.integers(0, NOW_MS)),
    stick=st.none() | st.builds(Stick, st.sampled_from(StickDoing), until_ms=st.none() | st.integers(0, 2 * NOW_MS)),
    invitation=st.none() | st.builds(Invitation, st.just("HTTPS://X/"), st.integers(0, 2 * NOW_MS)),
    mirror=st.none() | st.builds(Mirror, st.sampled_from(MirrorState), st.booleans()),
    is_closed=st.booleans(),
    is_stopping=st.booleans(),
    is_off=st.booleans(),
    tested_until_ms=st.none() | st.integers(0, 2 * NOW_MS),
)
claims = st.builds(
    lambda until, since: replace(CLAIMS[0], until_ms=until, since_ms=since),
    st.integers(0, 2 * NOW_MS),
    st.integers(0, NOW_MS),
)
statuses = st.builds(
    lambda **changes: replace(STATUS, **changes),
    boottime_ms=st.integers(0, NOW_MS),
    drops=st.lists(st.sampled_from([DROP, OPEN, SOLD_OUT]), max_size=3).map(tuple),
    waiting=st.lists(claims, max_size=4).map(tuple),
    faults=st.lists(st.sampled_from([FAULT, NOTE, Fault("clock", "See Box.")]), max_size=2).map(tuple),
    pay=st.lists(st.just(LINK), max_size=2).map(tuple),
    join=st.sampled_from([None, JOIN]),
    owed=st.integers(0, 1),
    unsynced=st.sampled_from([STATUS.unsynced, LATE]),
    scene=scenes,
)
viewers = st.builds(Viewer, st.sampled_from(Pace), st.booleans(), st.booleans())


@given(statuses, viewers, st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_it_was_said_to(status: Status, viewer: Viewer, share: float) -> None:
    """From now to the next change the same page and the same claims are shown; the change lies ahead."""
    change = next_change_ms(status, viewer)
    end = status.boottime_ms + 3_600_000 if change is None else change
    assert end > status.boottime_ms
    later = replace(status, boottime_ms=status.boottime_ms + int((end - status.boottime_ms) * share))
    due = turn(status, viewer)
    assert turn(later, viewer) == due
    assert due.page is not Page.CLAIMS or waiting(later) == waiting(status)


@given(statuses, viewers)
def test_nobody_sees_what_is_not_for_them(status: Status, viewer: Viewer) -> None:
    """Whatever goes on, a page in a browser pairs no phone and a slow panel begins nothing fleeting."""
    page = turn(status, viewer).page
    assert viewer.may_see(page)
    assert page not in {Page.BOOT}
    assert page is not Page.PAY or status.pay


@pytest.mark.parametrize("page", [page for page in Page if page is not Page.BOOT])
def test_each_example_calls_for_its_page(page: Page) -> None:
    """What is shown as an example of a page is a status in which the page has its turn, or is asked for."""
    status = replace(EXAMPLES[page], boottime_ms=0)
    viewer = Viewer(has_room=page is Page.BOTH)
    presses = range(1, 9)
    shown = {turn(status, viewer).page} | {turn(pressed(status, *[1] * count), viewer).page for count in presses}
    assert page in shown
