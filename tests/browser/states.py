"""Every page of the box in every state that people meet, each with a real box behind it: for axe-core and the contact
sheets.

A state is where a browser goes and what it does there; what has to happen on the box before is done before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.core import time_sources
from appliance.core.documents import format_time
from appliance.core.probes import Event, System
from appliance.core.sale import Order
from appliance.core.scene import DisplayHealth, Mirror, MirrorState, Stick, StickDoing
from appliance.core.timeline import Step
from appliance.stall.boxclock import BoxClock
from appliance.stall.timekeeping import hear
from provisioning.keys import new_contact_key
from tests.box import CARD
from tests.browser import market
from tests.browser.looking import Doing, Visit
from tests.organizer import DAY, NOW
from tests.stall.hardware import Hardware
from tests.web.paying import fresh_token, post, token
from tests.web.phone import ANDROID, IPHONE
from tests.web.served import Box, running_box

SAFARI = f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1"
SHEET = f"{IPHONE} Mobile/15E148"  # Apple's sign-in browser does not call itself Safari
WEBVIEW = ANDROID.replace("Pixel 9", "Pixel 9; wv")
SUMUP = '[reader]\napp = "sumup"\nkey = "sup_afk_1234"\n'
PAYMENT = "abcdefghijklmnopqrstuv"
_PICK = ("tap", ".pick")
_REFUSED = ("see", "[role=alert]")
_MORE = ("open", "main details")

Begin = Callable[[], Awaitable[Visit]]


@dataclass(frozen=True, slots=True)
class State:
    """`begin` makes it true, again before each look, and says where it is seen."""

    name: str
    begin: Begin


@dataclass(frozen=True, slots=True)
class Chapter:
    """States of one sort, in the order in which people meet them."""

    title: str
    name: str
    states: Sequence[State]


@contextlib.asynccontextmanager
async def chapters(folder: Path) -> AsyncIterator[Sequence[Chapter]]:
    """Four boxes, open until the end of the block: one that has sold all day, a new one, one that does not know the
    time, one with a card reader's app and a crowd of buyers."""
    async with contextlib.AsyncExitStack() as stack:
        busy, new, unsure, till = [
            await stack.enter_async_context(running_box(folder / name, more=SUMUP if name == "till" else ""))
            for name in ("busy", "new", "unsure", "till")
        ]
        day = await _day(busy)
        crowd = Crowd(till, await _fill_till(till))
        stack.push_async_callback(crowd.leave)
        yield [
            Chapter("The shop", "shop", _shop(busy, new, day)),
            Chapter("The download", "download", _download(busy, day, crowd)),
            Chapter("The way in, and what goes wrong", "around", _around(busy, day)),
            Chapter("Selling", "selling", _selling(busy, new, unsure, till, day)),
            Chapter("The box", "box", _box(busy, new, unsure, await _doorstep(unsure))),
        ]


@dataclass(frozen=True, slots=True)
class Day:
    """What was sold on the busy box: claims by what became of them, tokens by how they stand."""

    fresh: str
    printed: str
    delivered: str
    left_address: str
    redeemed: str
    owed: str
    lacking: str
    payable: str
    expired: str
    closed: str


async def _day(box: Box) -> Day:
    box.organizer.add_trust(contact_key=new_contact_key().public, contact_text="Four letters a year, about new drops.")
    for drop in (market.photos, market.record, market.zine, market.font):
        await box.bring(drop(box.organizer))
    redeemed, owed, lacking = token(box), token(box, slug="umi", amount=1200), token(box, slug="umi", amount=1200)
    await post(box, "/redeem", {"token": redeemed}, 303)
    await _sold(box, "umi", quantity=3)
    await post(box, "/redeem", {"token": owed}, 409)
    printed, delivered, addressed = [await _sold(box, price="print") for _ in range(3)]
    await post(box, f"{addressed}/contact", {"email": "ben@example.org", "consent": "yes"}, 303)
    async with box.client.get(f"{box.shop}{delivered}/all.zip") as answer:
        await answer.read()
    closing = await post(box, "/console/close", {"key": "the close of these tests"}, 303)
    await _phones_near(box)
    box.board.change(mirror=Mirror(MirrorState.KEPT, is_sync=True), displays=(DisplayHealth("inky"),))
    box.board.post(await box.stall.stock.status())
    return Day(
        fresh=await _sold(box),
        printed=printed,
        delivered=delivered,
        left_address=addressed,
        redeemed=redeemed,
        owed=owed,
        lacking=lacking,
        payable=await fresh_token(box),
        expired=token(box, issued=NOW - 2 * DAY),
        closed=closing,
    )


async def _phones_near(box: Box) -> None:
    """One has its files, one stands before the sign-in notice, one is the stall owner's: none of this machine's."""
    now = box.visits.clock()
    moments = (
        (340, "57", Step.JOINED, ""),
        (335, "57", Step.LEASE, ""),
        (330, "57", Step.PROBE, "android: shown the way"),
    )
    moments += ((290, "58", Step.LEASE, ""), (250, "58", Step.PAGE, ""), (180, "58", Step.PAID, "#2 Harbour Lights"))
    moments += ((120, "58", Step.DELIVERED, "#2 Harbour Lights"), (600, "60", Step.PROBE, "apple: told Success"))
    for ago, host, step, what in moments:
        box.visits.clock = lambda ago=ago: now - ago  # type: ignore[misc]
        box.visits.note(f"10.42.0.{host}", step, what)
        box.visits.happened("10.42.0.57", Event.SHOWN, System.ANDROID)
    box.visits.clock = lambda: now
    box.visits.happened("10.42.0.58", Event.OPENED, System.APPLE)
    await box.visits.pair("10.42.0.60")


async def _sold(box: Box, slug: str = "harbour-lights", price: str | None = "download", quantity: int = 1) -> str:
    """The path of the first copy's claim."""
    copies = await box.stall.seller.sell(Order(slug, price=price, quantity=quantity))
    return f"/c/{copies[0].claim}"


async def _fill_till(box: Box) -> Sequence[str]:
    """A card payment waits, and four buyers have a long record."""
    await box.bring(market.photos(box.organizer))
    await box.bring(market.record(box.organizer, seconds=400))
    form = {"offer": "harbour-lights/download", "quantity": "1", "method": "card", "key": PAYMENT}
    await post(box, "/console/sell", form, 303)
    return [await _sold(box, "tide-tables", "more") for _ in range(4)]


async def _doorstep(box: Box) -> Doorstep:
    """The box loses the time, sells within a window, reads a stick, and one phone waits while the code stands anew."""
    hardware = Hardware()
    hardware.ntp_error_s = None
    box.stall.house.clock = BoxClock(None, hardware.readings)
    box.stall.house.now = box.stall.house.clock.now
    await hear(box.stall.house, time_sources.paper("trust", NOW))
    window = {"from": format_time(NOW), "until": format_time(NOW + DAY)}
    await box.bring(market.photos(box.organizer, sale=window))
    await box.stall.phones.pair(CARD, "Ana’s phone", "here")
    box.board.change(stick=Stick(StickDoing.READING, "harbour-lights-v2.drop", 41_000_000, 64_000_000))
    async with box.client.post(f"{box.console}{await _code(box)}", data={"name": "Ben"}) as answer:
        waiting = str(answer.url)
    return Doorstep(f"{box.console}{await _code(box)}", waiting)


async def _code(box: Box) -> str:
    """The path of the code that the box shows from now on."""
    await post(box, "/console/invite", {}, 303)
    invitation = box.board.scene.invitation
    assert invitation is not None
    return urlsplit(invitation.url).path


@dataclass(frozen=True, slots=True)
class Doorstep:
    """Where a phone scans itself in, and where another one waits."""

    code: str
    waiting: str


class Crowd:
    """Phones that download and take nothing, so that the radio stays busy."""

    def __init__(self, box: Box, claims: Sequence[str]) -> None:
        self._box = box
        self._claims = claims
        self._writers: list[asyncio.StreamWriter] = []

    async def come(self) -> Visit:
        """Where one more buyer looks at a claim."""
        port = urlsplit(self._box.shop).port
        for number, claim in enumerate(self._claims[1:], 2):
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.0.{number}", 0), limit=1)
            writer.write(f"GET {claim}/all.zip HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            self._writers.append(writer)
        await asyncio.sleep(0.2)
        return Visit(f"{self._box.shop}{self._claims[0]}", agent=SAFARI)

    async def leave(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


def at(name: str, address: str, *doing: tuple[str, ...], agent: str = "") -> State:
    """A state that is there already."""
    return seen(name, Visit(address, doing, agent))


def seen(name: str, visit: Visit) -> State:
    """A state that is there already."""

    async def begin() -> Visit:
        return visit

    return State(name, begin)


def typed(selector: str, text: str) -> Doing:
    """Types into a field and taps the button of its form."""
    return ("fill", selector, text), ("send", f"form:has({selector}) button:not([type=button])")


def _shop(box: Box, new: Box, day: Day) -> list[State]:
    lights = f"{box.shop}/drops/harbour-lights"
    return [
        at("several drops", f"{box.shop}/"),
        at("a number that nobody has", f"{box.shop}/", *typed("#number", "0000")),
        at("nothing yet", f"{new.shop}/"),
        at("one drop", lights),
        at("free, or more", f"{box.shop}/drops/tide-tables"),
        at("sold out", f"{box.shop}/drops/umi"),
        at("all files", f"{lights}/files"),
        at("how to pay", f"{lights}/pay?price=print"),
        at("do not pay", f"{box.shop}/drops/umi/pay"),
        at("paid already", f"{box.shop}/t/{day.payable}"),
    ]


def _download(box: Box, day: Day, crowd: Crowd) -> list[State]:
    claim = f"{box.shop}{day.fresh}"
    return [
        at("the claim", claim, agent=SAFARI),
        at("in Apple’s sign-in window", claim, agent=SHEET),
        at("in Android’s sign-in window", claim, agent=WEBVIEW),
        at("with something to hand over", f"{box.shop}{day.printed}", agent=ANDROID),
        State("a busy radio", crowd.come),
        at("everything is out", f"{box.shop}{day.delivered}"),
        at("an address was left", f"{box.shop}{day.left_address}"),
        at("all its files", f"{claim}/files"),
        at("certificate", f"{box.shop}{day.printed}/certificate"),
    ]


def _around(box: Box, day: Day) -> list[State]:
    return [
        at("Apple’s sheet", f"{box.shop}/captive-portal", agent=SHEET),
        at("Apple’s sheet, then", f"{box.shop}/captive-portal/accept", agent=SHEET),
        at("Android’s sign-in window", f"{box.shop}/captive-portal", agent=WEBVIEW),
        at("one field for all", f"{box.shop}/redeem"),
        at("a code with a slip", f"{box.shop}/redeem", *typed("#token", "7KQ2-M8XD-4RTA-9ZPU")),
        at("redeemed here", f"{box.shop}/t/{day.redeemed}"),
        at("no copy for it", f"{box.shop}/t/{day.lacking}"),
        at("owed", f"{box.shop}/t/{day.owed}"),
        at("a payment that has ended", f"{box.shop}/t/{day.expired}"),
        at("an ended download", f"{box.shop}/c/7KQ2M8XD4RTA9ZPW"),
        at("no such page", f"{box.shop}/drops/nothing"),
    ]


def _selling(box: Box, new: Box, unsure: Box, till: Box, day: Day) -> list[State]:
    card = f"{till.shop}/console/card"
    paid = Visit(f"{card}/back/{PAYMENT}?smp-status=success&smp-tx-code=TAB12345", is_still=True)
    cash = ("tap", "button[value=cash]")
    return [
        at("sell", f"{box.shop}/console"),
        at("sold", f"{box.shop}/console?drop=harbour-lights", _PICK, cash, ("see", ".pickup")),
        at(
            "a discount without a reason",
            f"{box.shop}/console",
            _PICK,
            _MORE,
            ("fill", "#discount", "1.00"),
            cash,
            _REFUSED,
        ),
        at("no drop yet", f"{new.shop}/console"),
        at("not sure of the time", f"{unsure.shop}/console"),
        at("by card", f"{card}/{PAYMENT}"),
        seen("the card is charged", paid),
        at("the card was refused", f"{card}/back/{PAYMENT}?smp-status=failed"),
        at("no word from the app", f"{card}/back/{PAYMENT}"),
        at("sales", f"{box.shop}/console/sales"),
        at("one sale", f"{box.shop}/console/sales", ("open", "main li > details")),
        at("what is owed", f"{box.shop}/console/redeem"),
        at("a token that is none", f"{box.shop}/console/redeem", *typed("#token", "2SCEU")),
        at("close the day", f"{box.shop}/console/close"),
        at("closed", f"{box.shop}{day.closed}"),
    ]


def _box(box: Box, new: Box, unsure: Box, door: Doorstep) -> list[State]:
    return [
        at("the box", f"{box.shop}/console/box"),
        at("a new box", f"{new.shop}/console/box"),
        at("a stick is read, a phone wants in", f"{unsure.shop}/console/box"),
        at("phones", f"{box.shop}/console/phones"),
        at("no phones", f"{new.shop}/console/phones"),
        at("a stick as mirror", f"{box.shop}/console/mirror"),
        at("switch off", f"{box.shop}/console/power"),
        at("pair another phone", f"{box.shop}/console/invite"),
        at("the code is shown", f"{unsure.shop}/console/invite"),
        at("scanned from the screen", door.code),
        at("waiting to be let in", door.waiting),
        at("pair by the card", f"{box.console}/console/pair?card={CARD}", agent=SAFARI),
        at("the wrong card", f"{box.console}/console/pair?card=none", *typed("[name=name]", "Ben")),
        at("the screen in a browser", f"{box.shop}/display"),
    ]
