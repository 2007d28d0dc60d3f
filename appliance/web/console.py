"""The console's first page: sell with one thumb, then show the buyer the code.

The form carries a key of its own, so a double tap or a reload never sells twice. Further pages are ledger and
state: `sales.py`, `state.py`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence

from aiohttp import web

from appliance.core.sale import Method, Order
from appliance.core.status import Fault, Status
from appliance.errors import StallboxError
from appliance.stall.copies import Sold
from appliance.stall.redeem import Redeemed
from appliance.stall.stall import Stall
from appliance.web import orders, selling
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Code, Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.idempotency import Key, key_of
from appliance.weblib.problems import Problem, for_people
from appliance.weblib.speech import later

Form = Mapping[str, str]
_EMPTY: Form = {"quantity": "1"}
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")  # of a form
_QUESTIONS = frozenset({"window", "blocked"})
_MAX_KEY = 128
_NOTICES = {"time": later("The box has this phone’s time now.")}


class Till:
    """Sells."""

    def __init__(self, stall: Stall, pages: Pages, guard: Guard, *, opens_reader: bool) -> None:
        self._stall = stall
        self._pages = pages
        self._guard = guard
        self._opens_reader = opens_reader  # whether *Card* opens the stall owner's reader app

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console", guarded(self._guard, self.page)),
            web.post("/console/sell", guarded(self._guard, self.sell)),
            web.post("/console/window", guarded(self._guard, self.confirm_window)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page(_EMPTY, None, _NOTICES.get(request.query.get("done", "")))

    async def sell(self, request: web.Request, by: int | None) -> web.Response:
        """Sells and shows the codes; a refusal comes back on the form, with all that was typed."""
        form = await read_form(request)
        try:
            held = self._stall.catalogue.by_slug(orders.slug_of(form))
            order = orders.from_form(form, held.manifest)
            if self._waits_for_card(order, form) and await self._stall.cards.begin(order, form["key"], by=by):
                raise web.HTTPSeeOther(card_path(form["key"]))
            sold = await self._stall.seller.sell(order, key=await form_key(request, form))
        except StallboxError as error:
            if not for_people(request):
                raise
            return await self._page(form, Problem.of(error))
        return await sold_page(self._pages, self._stall, sold)

    async def confirm_window(self, _request: web.Request, by: int | None) -> web.Response:
        await self._stall.questions.confirm_window(by=by)
        raise web.HTTPSeeOther("/console")

    def _waits_for_card(self, order: Order, form: Form) -> bool:
        """Whether the card is still to be charged; a receipt number says that it was."""
        return (
            self._opens_reader
            and order.method is Method.CARD
            and order.payment_ref is None
            and KEY.fullmatch(form.get("key", "")) is not None
        )

    async def _page(self, form: Form, problem: Problem | None, notice: str | None = None) -> web.Response:
        status = await self._stall.stock.status()
        counted = await selling.count(self._stall, status)
        drops = selling.offered(self._stall.catalogue.drops, counted)
        return self._pages.answer(
            "console/sell.html",
            status=200 if problem is None else problem.status,
            tab="Sell",
            faults=till_faults(status),
            needs_time=needs_time(status),
            notice=notice,
            today=selling.today_said(counted.today),
            drops=drops,
            chosen=form.get("offer") or _first(drops),
            form=_filled(form),
            key=_next_key(form, problem),
            problem=problem,
            ask_window=window_question(status),
            cards=[(card_path(kept.key), kept) for kept in await self._stall.cards.waiting()],
        )


async def form_key(request: web.Request, form: Form) -> Key | None:
    """What makes a form once: the key in it, with all that was typed."""
    text = form.get("key", "")[:_MAX_KEY]
    return key_of(text, request.method, request.path, await request.read()) if text else None


def _next_key(form: Form, problem: Problem | None) -> str:
    """The key of the form that goes out. A refused one keeps its own: it may stand in the ledger all the same, where
    only the mirror or the second place failed, and must not be sold again."""
    key = form.get("key", "")
    has_sold = problem is not None and problem.code == "key-reused"
    return key if KEY.fullmatch(key) and not has_sold else secrets.token_urlsafe(16)


def card_path(key: str) -> str:
    """The page of a card payment that is under way."""
    return f"/console/card/{key}"


async def sold_page(pages: Pages, stall: Stall, sold: Sequence[Sold], redeemed: Redeemed | None = None) -> web.Response:
    """What the buyer scans or types, what to hand over and how many of it are left; of a payment token its tier."""
    held = stall.catalogue.by_slug(sold[0].slug)
    left = await stall.stock.price_stock(held)
    codes = await asyncio.to_thread(lambda: [Code.of(copy.url) for copy in sold])  # fifty take a small Pi seconds
    copies = [
        {
            "sale": copy.sale,
            "title": copy.title,
            "number": copy.number,
            "of": copy.of,
            "price_title": copy.price_title,
            "hand_over": copy.hand_over,
            "left": left.get(copy.price),
            "paid": copy.paid,
            "currency": copy.currency,
            "pickup": copy.pickup,
            "qr": code,
        }
        for copy, code in zip(sold, codes, strict=True)
    ]
    home = stall.house.settings.web.base.partition("//")[2]
    today = selling.today_said(await stall.stock.today())
    return pages.answer("console/sold.html", copies=copies, home=home, redeemed=redeemed, today=today)


def window_question(status: Status) -> Fault | None:
    """What to ask the stall owner once, where the clock cannot tell whether a sale is open."""
    return next((fault for fault in status.faults if fault.code == "window"), None)


def needs_time(status: Status) -> bool:
    """Whether something on sale depends on a time that the box is not sure of."""
    return any(fault.code == "clock" for fault in status.faults)


def plain_faults(status: Status) -> list[Fault]:
    """The faults that are not asked about on a form."""
    return [fault for fault in status.faults if fault.code not in _QUESTIONS]


def till_faults(status: Status) -> list[Fault]:
    """The faults that the selling page only says: it asks about the others, or gives them a form."""
    return [fault for fault in plain_faults(status) if fault.code != "clock"]


def _first(drops: Sequence[selling.Offered]) -> str | None:
    """The offer that is chosen before anybody taps: the only drop's first price option that costs something."""
    if len(drops) != 1:
        return None
    return next((option.place for option in drops[0].options if option.amount and not option.is_gone), None)


def _filled(form: Form) -> dict[str, object]:
    typed = {name: form.get(name, "") for name in ("discount", "reason", "tip", "payment_ref")}
    many = form.get("more", "")
    return {**typed, "many": many, "quantity": form.get("quantity", "1"), "more": bool(many or any(typed.values()))}
