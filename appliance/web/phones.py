"""The console's help for a buyer: how far each phone on the Wi-Fi got, and what helps where it stopped."""

from __future__ import annotations

from aiohttp import web

from appliance.core.timeline import MAX_WHAT, Step, where_it_stopped
from appliance.stall.stall import Stall
from appliance.visits import Visit, Visits
from appliance.web import words
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.web.traces import copy_name
from appliance.weblib.speech import gettext as _

View = dict[str, object]


class PhonesPage:
    def __init__(self, stall: Stall, visits: Visits, pages: Pages, guard: Guard) -> None:
        self._house = stall.house
        self._stock = stall.stock
        self._apple = stall.house.settings.portal.apple
        self._visits = visits
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/console/phones", guarded(self._guard, self.page))]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        """Every phone; the one that opened the copy of `?sale=` first."""
        now, copy = self._visits.clock(), await self._copy(request.query.get("sale"))
        visits = sorted(self._visits.all(), key=lambda visit: not _has(visit, copy))
        return self._pages.answer(
            "console/phones.html",
            tab="Help",
            faults=(),
            phones=[{**self._view(visit, now), "is_buyer": _has(visit, copy)} for visit in visits],
            seats=words.seats(self._house.seats),
            home=self._house.settings.web.base.partition("//")[2],
            copy=copy,
        )

    async def _copy(self, sale: str | None) -> str | None:
        """What a phone's timeline calls the copy of this sale, as far as it is among the last ones."""
        lines = await self._stock.sales() if sale else ()
        return next((copy_name(line.title, line.number) for line in lines if line.sale == sale), None)

    def _view(self, visit: Visit, now: float) -> View:
        system = visit.phone.system
        return {
            "title": system.words if system else _("Phone"),
            "address": visit.address,
            "is_paired": visit.phone.is_paired,
            "has_files": visit.timeline.furthest is Step.DELIVERED,
            "stop": where_it_stopped(visit.timeline, system, now, self._apple),
            "steps": [
                {"title": _(step.words), "ago": words.ago(int(now - moment.last_s)), "what": moment.what}
                for step, moment in visit.timeline.steps
            ],
        }


def _has(visit: Visit, copy: str | None) -> bool:
    """Whether this phone opened this copy last."""
    paid = visit.timeline.moments.get(Step.PAID)
    return copy is not None and paid is not None and paid.what == copy[:MAX_WHAT]
