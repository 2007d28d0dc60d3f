"""Puts the faces together: the shop's listener, the console's, and the unix socket's, each with its own guard.

Buyers get plain HTTP and no way into the console; the console is HTTPS and pairs phones; the socket is for
commands on this machine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Middleware

from appliance.board import Board
from appliance.settings import Web
from appliance.stall.covers import Covers
from appliance.stall.footfall import Footfall
from appliance.stall.stall import Stall
from appliance.visits import Visits
from appliance.web.api import Api
from appliance.web.around import Around
from appliance.web.buyer import Buyer
from appliance.web.captive_api import CaptiveApi
from appliance.web.cards import CardPayments
from appliance.web.clock import PhoneTime
from appliance.web.closing import Closing
from appliance.web.console import Till
from appliance.web.delivery import Terms
from appliance.web.guard import AtTheBox, Guard, Loopback, Paired
from appliance.web.invited import Invited
from appliance.web.inviting import Inviting
from appliance.web.live import Live
from appliance.web.open_api import OpenApi
from appliance.web.pages import Pages, Static
from appliance.web.pairing import Pairing
from appliance.web.phones import PhonesPage
from appliance.web.pictures import Pictures, drawing
from appliance.web.portal import Portal
from appliance.web.readers.choosing import reader_app
from appliance.web.redeem import Redeem
from appliance.web.sales import Sales
from appliance.web.screen import Screen
from appliance.web.shop import Shop
from appliance.web.state import State
from appliance.web.till_news import TillNews
from appliance.web.tokens import Tokens
from appliance.web.vitals import Vitals
from appliance.weblib import locales, problems, security
from appliance.weblib.events import Streams
from appliance.weblib.idempotency import InFlight

_PARSER_BYTES = 64 * 1024  # aiohttp's own limits answer without a sentence: ours, far below, come first
_HEADER_SECONDS = 30.0
_BODY_SECONDS = 20.0


class Faces:
    """The three applications of one box.

    `board`: the latest status, and who carries out what a page asks for. `visits`: the phones near the box.
    `is_certified`: whether a certificate for the box's own name is held just now. `body_s`: how long a form may take
    to arrive.
    """

    def __init__(
        self,
        stall: Stall,
        terms: Terms,
        board: Board,
        visits: Visits,
        *,
        is_certified: Callable[[], bool] = lambda: False,
        body_s: float = _BODY_SECONDS,
    ) -> None:
        self._stall = stall
        self._terms = terms
        self._board = board
        self._visits = visits
        self.footfall = Footfall(visits)
        self._is_certified = is_certified
        self._body_s = body_s
        self._web = stall.house.settings.web
        self._static = Static()
        self._pages = Pages(stall.house.settings.name, self._static, stall.invitations.asking)
        self._reader = reader_app(stall.house.settings.reader)
        self._in_flight = InFlight()
        self._pictures = Pictures(
            board, lambda: stall.house.now().boottime_ms, drawing(Covers(stall.house.shelf.open).of)
        )
        self._streams = Streams()
        self._till_streams = Streams()
        self._live = Live(stall, board)

    def shop(self) -> web.Application:
        """Plain HTTP for buyers; on loopback the console and the API as well, for development."""
        guard = Loopback(console_home(self._web))
        portal = Portal(self._stall.house.settings, self._pages, self._visits, console_home(self._web))
        routes = [
            *portal.routes(),
            *Shop(self._stall, self._pages, self._terms).routes(),
            *self._live.routes(),
            *Buyer(self._stall, self._pages, self._terms).routes(),
            *Redeem(self._stall, self._pages).routes(),
            *self._console_routes(guard),
            *Vitals(self._stall, open_to_all=False).routes(),
        ]
        return self._application(routes, f"{self._web.base}/", portal.answer)

    def console(self) -> web.Application:
        """HTTPS for paired phones."""
        routes = [
            web.get("/", _to_console),
            *Pairing(self._stall.phones, self._pages).routes(),
            *Invited(self._stall.invitations, self._pages).routes(),
            *self._console_routes(Paired(self._stall.phones, self._visits)),
            *Vitals(self._stall, open_to_all=True).routes(),
        ]
        api = CaptiveApi(self._stall.house.settings, self._visits, self._is_certified)
        return self._application(routes, console_home(self._web), api.answer)

    def control(self) -> web.Application:
        """The unix socket: the API alone. There is no network in between, so no Host or Origin to check."""
        app = web.Application(
            middlewares=[problems.middleware(self._pages.problem), security.check_size(self._body_s)],
            client_max_size=security.MAX_BODY,
        )
        app.add_routes(self._api_routes(AtTheBox()))
        app.add_routes(Vitals(self._stall, open_to_all=True).routes())
        return app

    def _console_routes(self, guard: Guard) -> list[web.RouteDef]:
        reader = self._reader
        state = State(self._stall, self._board, self._pages, guard)
        return [
            *Till(self._stall, self._pages, guard, opens_reader=reader is not None).routes(),
            *(CardPayments(self._stall, self._pages, guard, reader).routes() if reader else ()),
            *TillNews(self._stall, self._board, self._till_streams, self._pages, guard).routes(),
            *Tokens(self._stall, self._pages, guard).routes(),
            *Sales(self._stall, self._pages, guard).routes(),
            *Closing(self._stall, self.footfall, self._pages, guard).routes(),
            *state.routes(),
            *Around(self._board, state, self._pages, guard).routes(),
            *Inviting(self._stall, self._board, self._pages, guard).routes(),
            *PhonesPage(self._stall, self._visits, self._pages, guard).routes(),
            *PhoneTime(self._stall, guard).routes(),
            *Screen(self._pictures, self._streams, self._pages, guard).routes(),
            *self._api_routes(guard),
        ]

    def _api_routes(self, guard: Guard) -> list[web.RouteDef]:
        return [
            *Api(self._stall, self._board, guard, self._in_flight).routes(),
            *OpenApi(self._stall, guard, self._in_flight).routes(),
        ]

    def _application(self, routes: Iterable[web.RouteDef], home: str, first: Middleware) -> web.Application:
        """`first` may answer before it is asked whether the request is meant for this box."""
        app = web.Application(
            middlewares=[
                locales.middleware,
                problems.middleware(self._pages.problem),
                first,
                security.check_host(self._web.public, home),
                security.check_size(self._body_s),
                security.check_origin,
            ],
            client_max_size=security.MAX_BODY,
        )
        app.add_routes(self._static.routes())
        app.add_routes(routes)
        app.on_response_prepare.append(security.add_headers)
        app.on_shutdown.append(self._streams.close)
        app.on_shutdown.append(self._till_streams.close)
        app.on_shutdown.append(self._live.streams.close)
        return app


def console_home(settings: Web) -> str:
    """Where phones find the console."""
    return f"https://{settings.public}:{settings.console_port}/console"


def runner(app: web.Application, *, shutdown_s: float, header_s: float = _HEADER_SECONDS) -> web.AppRunner:
    """Serves `app` without an access log, since addresses are rights to download.

    A connection has `header_s` to send a request's header; running downloads have `shutdown_s` to end.
    """
    return web.AppRunner(
        app,
        access_log=None,
        logger=_protocol_log(),
        keepalive_timeout=header_s,
        shutdown_timeout=shutdown_s,
        max_line_size=_PARSER_BYTES,
        max_field_size=_PARSER_BYTES,
    )


def _protocol_log() -> logging.Logger:
    """aiohttp's own log, without the requests that it cannot parse: it would print their bytes, claims included."""
    log = logging.getLogger(f"{__name__}.protocol")
    log.addFilter(_was_a_request)
    return log


def _was_a_request(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Error handling request")


async def _to_console(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/console")
