"""The console's *Close the day*: the sums, the close itself, a page to photograph, files to take away.

Not a fiscal record, and says so wherever it shows a sum.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from typing import cast

from aiohttp import web

from appliance.core.documents import format_time
from appliance.core.funnel import Funnel, Way
from appliance.core.money import exponent
from appliance.errors import titles
from appliance.stall.close import Closed
from appliance.stall.footfall import Footfall
from appliance.stall.stall import Stall
from appliance.web.console import form_key
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages, json_answer
from appliance.web.selling import method_said
from appliance.weblib.bodies import read_form
from appliance.weblib.disposition import content_disposition
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import later

_CLOSE = "/console/close/{entry:[0-9]+:[0-9]+}"
_COLUMNS = ("title", "drop", "price", "method", "tier", "currency", "count", "amount", "discount", "tip", "paid")
NOT_FISCAL = later("This is no fiscal record.")

Row = Mapping[str, object]


class Closing:
    def __init__(self, stall: Stall, footfall: Footfall, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._footfall = footfall
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console/close", guarded(self._guard, self.look)),
            web.post("/console/close", guarded(self._guard, self.close)),
            web.get(_CLOSE, guarded(self._guard, self.page)),
            web.get(f"{_CLOSE}/close.csv", guarded(self._guard, self.table)),
            web.get(f"{_CLOSE}/close.json", guarded(self._guard, self.document)),
        ]

    async def look(self, _request: web.Request, _by: int | None) -> web.Response:
        return await self._page(await self._stall.close.look(), self._footfall.look())

    async def close(self, request: web.Request, _by: int | None) -> web.Response:
        """Closes once for each page that was looked at, however often its form is sent."""
        closed = await self._stall.close.close(key=await form_key(request, await read_form(request)))
        self._footfall.close(str(closed.entry))
        raise web.HTTPSeeOther(f"/console/close/{closed.entry}")

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        closed = await self._find(request)
        return await self._page(closed, self._footfall.find(str(closed.entry)))

    async def document(self, request: web.Request, _by: int | None) -> web.Response:
        closed = await self._find(request)
        head = {"box": self._stall.house.box_id, "name": self._stall.house.settings.name, "note": NOT_FISCAL}
        passed = self._footfall.find(str(closed.entry))
        answer = json_answer(head | closed.answer() | {"funnel": passed.answer() if passed else None})
        answer.headers["Content-Disposition"] = content_disposition("attachment", _file_name(closed, "json"))
        return answer

    async def table(self, request: web.Request, _by: int | None) -> web.Response:
        """The rows as CSV (RFC 4180), money with its decimal point."""
        closed = await self._find(request)
        out = io.StringIO()
        writer = csv.DictWriter(out, _COLUMNS)
        writer.writeheader()
        writer.writerows({"title": self._title(row), **_plain(row)} for row in _rows(closed))
        headers = {"Content-Disposition": content_disposition("attachment", _file_name(closed, "csv"))}
        return web.Response(text=out.getvalue(), content_type="text/csv", headers=headers)

    async def _find(self, request: web.Request) -> Closed:
        return await self._stall.close.find(request.match_info["entry"])

    async def _page(self, closed: Closed, passed: Funnel | None) -> web.Response:
        house = self._stall.house
        names = dict(await self._stall.phones.all())
        at = closed.at
        return self._pages.answer(
            "console/close.html",
            tab="Sales",
            faults=(),
            closed=closed,
            key=secrets.token_urlsafe(16),
            totals=closed.totals,
            refused=_refused(closed),
            drops=self._by_drop(closed),
            sums=_sums(_rows(closed)),
            phones=[(names.get(by.phone or 0, _("At the box itself")), by) for by in closed.by_phone],
            box=house.box_id,
            when=format_time(at.lo) if at.lo else None,
            is_sure=at.hi is not None and at.hi - at.lo < 3600,
            not_fiscal=_(NOT_FISCAL),
            passed=_passed(passed),
        )

    def _by_drop(self, closed: Closed) -> list[dict[str, object]]:
        """The rows under their drops, with the titles that people know."""
        found: dict[str, dict[str, object]] = {}
        for row in _rows(closed):
            held = self._stall.catalogue.by_id(str(row["drop"]))
            price = held.manifest.price(str(row["price"])) if held else None
            drop = found.setdefault(str(row["drop"]), {"title": self._title(row), "rows": []})
            said = method_said(str(row["method"]), cast(str | None, row["tier"]))
            cast(list[Row], drop["rows"]).append({**row, "title": price.title if price else row["price"], "said": said})
        return list(found.values())

    def _title(self, row: Row) -> str:
        """The drop's title; its id where it is not here any more."""
        held = self._stall.catalogue.by_id(str(row["drop"]))
        return held.manifest.title if held else str(row["drop"])


def _rows(closed: Closed) -> list[Row]:
    """The rows of the totals, each with what was paid."""
    rows = cast(list[dict[str, int]], closed.totals["rows"])
    return [{**row, "paid": row["amount"] - row["discount"] + row["tip"]} for row in rows]


def _sums(rows: Sequence[Row]) -> list[tuple[str, int, int]]:
    """Currency, copies and what was paid."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        count, paid = sums.get(str(row["currency"]), (0, 0))
        sums[str(row["currency"])] = (count + cast(int, row["count"]), paid + cast(int, row["paid"]))
    return [(currency, count, paid) for currency, (count, paid) in sorted(sums.items())]


def _refused(closed: Closed) -> list[tuple[str, int]]:
    """Why payment tokens were refused, in words, and how often."""
    found = cast(dict[str, int], closed.totals["refused"])
    return [(_(titles().get(code, code)), count) for code, count in found.items()]


def _passed(funnel: Funnel | None) -> list[tuple[str, Way]]:
    """Lines for the page, all phones first; none where no phone came or nobody remembers."""
    if funnel is None or not funnel.all.joined:
        return []
    rows = [(system.words if system else _("Others"), way) for system, way in funnel.by_system]
    return [(_("All phones"), funnel.all), *rows]


def _plain(row: Row) -> dict[str, object]:
    digits = exponent(str(row["currency"]))
    money = {name: f"{cast(int, row[name]) / 10**digits:.{digits}f}" for name in ("amount", "discount", "tip", "paid")}
    return {**row, **money}


def _file_name(closed: Closed, kind: str) -> str:
    return f"close-{str(closed.entry).replace(':', '-')}-no-fiscal-record.{kind}"
