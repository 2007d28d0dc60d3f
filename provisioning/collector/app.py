"""Puts the collector's faces together: the door for boxes, and the dashboard behind its login."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.core.batch import MAX_BATCH
from appliance.weblib import problems, security
from provisioning.collector import metrics
from provisioning.collector.dashboard import Dashboard
from provisioning.collector.downloads import Downloads
from provisioning.collector.house import House
from provisioning.collector.login import Login
from provisioning.collector.pages import Pages
from provisioning.collector.reception import Heard, Reception, hears_nothing

_BODY_S = 20.0
_PARSER_BYTES = 64 * 1024


def make_app(
    house: House,
    login: Login,
    certificate: str | None = None,
    *,
    body_s: float = 60.0,
    heard: Heard = hears_nothing,
) -> web.Application:
    """One application; `certificate` is the SHA-256 of this listener's own, where it has one. See `Reception`."""
    pages = Pages()
    app = web.Application(
        middlewares=[
            problems.middleware(pages.problem),
            security.check_size(_BODY_S, larger="/v1/logs/"),
            security.check_origin,
        ],
        client_max_size=MAX_BATCH + 1,
    )
    app.add_routes(Reception(house, certificate, body_s=body_s, heard=heard).routes())
    app.add_routes(Dashboard(house, login, pages).routes())
    app.add_routes(Downloads(house, login).routes())
    app.add_routes(pages.routes())
    app.add_routes([web.get("/healthz", _healthz), web.get("/metrics", login.guarded(_metrics(house)))])
    app.on_response_prepare.append(security.add_headers)
    return app


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _metrics(house: House) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        text = await house.look(metrics.metrics)
        return web.Response(body=text.encode(), headers={"Content-Type": metrics.CONTENT_TYPE})

    return answer
