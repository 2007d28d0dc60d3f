"""The console's help for a buyer: how far each phone on the Wi-Fi got, and what helps where it stopped."""

from __future__ import annotations

from aiohttp import web

from appliance.core.timeline import Step, where_it_stopped
from appliance.stall.stall import Stall
from appliance.visits import Visit, Visits
from appliance.web import words
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.weblib.speech import gettext as _

View = dict[str, object]


class PhonesPage:
    def __init__(self, stall: Stall, visits: Visits, pages: Pages, guard: Guard) -> None:
        self._house = stall.house
        self._apple = stall.house.settings.portal.apple
        self._visits = visits
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/console/phones", guarded(self._guard, self.page))]

    async def page(self, _request: web.Request, _by: int | None) -> web.Response:
        now = self._visits.clock()
        phones = [self._view(visit, now) for visit in self._visits.all()]
        return self._pages.answer(
            "console/phones.html",
            tab="Help",
            faults=(),
            phones=phones,
            seats=words.seats(self._house.seats),
            home=self._house.settings.web.base.partition("//")[2],
        )

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
