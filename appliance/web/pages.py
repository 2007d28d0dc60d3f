"""Pages: jinja2 templates and the files they need, drawn on the server, readable without a script.

Knows how things look. What is true is the caller's.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import PurePath

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from appliance.draw import qr
from appliance.stall.invitations import Asking
from appliance.web import words
from appliance.web.faults import told
from appliance.weblib import locales, speech
from appliance.weblib.problems import Problem

_FOREVER = "public, max-age=31536000, immutable"
_ABOUT_TIME = {"expired", "not-yet", "not-ready", "window-closed", "window-not-open"}
_ABOUT_ISSUER = {"over-limit", "revoked", "spent", "unknown-drop", "wrong-drop", "wrong-price"}
_FOR_THE_STALL = _ABOUT_TIME | _ABOUT_ISSUER  # refusals of a payment that only the stall owner can do something about
_PASSES = frozenset({429, 500, 503})  # what another try of the same address may well bring
_FILTERS = ("money", "number", "size", "duration", "took", "wait", "time", "day", "ago")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code for a page: an SVG path in a square of `side` units, quiet zone included."""

    side: int
    path: str

    @classmethod
    def of(cls, text: str) -> Code:
        rows = qr.matrix(text)
        return cls(len(rows) + 2 * qr.QUIET, "".join(_row(y + qr.QUIET, row) for y, row in enumerate(rows)))


def _row(y: int, row: tuple[bool, ...]) -> str:
    """The dark runs of one row, each a rectangle one unit high."""
    drawn, start = [], None
    for x, dark in enumerate((*row, False)):
        if dark and start is None:
            start = x
        if not dark and start is not None:
            drawn.append(f"M{start + qr.QUIET} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(drawn)


class Static:
    """The style sheet and its like, in memory, under an address that changes with their bytes."""

    def __init__(self) -> None:
        folder = resources.files("appliance.web") / "static"
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        digest = hashlib.sha256(b"".join(name.encode() + self._files[name] for name in sorted(self._files)))
        self._base = f"/static/{digest.hexdigest()[:12]}/"
        self._packed = {name: gzip.compress(data, mtime=0) for name, data in self._files.items()}

    def address(self, name: str) -> str:
        """Where a page finds the file; KeyError where there is none."""
        if name not in self._files:
            raise KeyError(name)
        return self._base + name

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/static/{version}/{name}", self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        headers = {"Cache-Control": _FOREVER, "Content-Type": _TYPES[PurePath(name).suffix], "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=self._packed[name], headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=self._files[name], headers=headers)


def _bdi(text: str) -> Markup:
    """A creator's words inside a sentence of ours, which may run the other way."""
    return Markup("<bdi>{}</bdi>").format(text)


def _install(environment: Environment) -> None:
    """Gives templates `_` and `trans`. The language is asked for at each drawing: a template serves all."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # put there by the extension
        speech.gettext, speech.ngettext, newstyle=True
    )


class Pages:
    """Draws pages of the stall called `stall`. `asking`: the phones that want in, which every console page names."""

    def __init__(self, stall: str, static: Static, asking: Callable[[], Sequence[Asking]]) -> None:
        self._environment = Environment(
            loader=PackageLoader("appliance.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.policies["ext.i18n.trimmed"] = True
        self._environment.globals.update(stall=stall, static=static.address, phones_asking=asking)
        self._environment.globals.update(language=locales.language, languages=locales.switch)
        self._environment.filters.update(
            {name: getattr(words, name) for name in _FILTERS}, said=speech.gettext, told=told, bdi=_bdi
        )
        _install(self._environment)

    def draw(self, template: str, **values: object) -> str:
        """The page as text. A value that the template needs and does not get is a fault of ours."""
        return self._environment.get_template(template).render(**values)

    def answer(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        return web.Response(text=self.draw(template, **values), content_type="text/html", status=status)

    def problem(self, request: web.Request, problem: Problem) -> str:
        """A refusal as a page, with the way on."""
        is_console = request.path.lower().startswith("/console")
        if problem.code == "owed" and not is_console:
            return self.draw("owed.html", problem=problem)
        to_console = {"href": "/console", "text": speech.gettext("Back to selling")}
        to_shop = {"href": "/", "text": speech.gettext("To the shop")}
        ask = problem.code in {"unknown-claim", "claim-ended", "other-box"}
        return self.draw(
            "problem.html",
            problem=problem,
            original=problem.original if is_console else "",
            home=None if ask else to_console if is_console else to_shop,
            ask=ask,
            show=problem.code in _FOR_THE_STALL and not is_console,
            again=request.method == "GET" and problem.status in _PASSES,
        )


def json_answer(value: object, status: int = 200) -> web.Response:
    """Compact JSON."""
    return web.Response(
        text=json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        content_type="application/json",
        status=status,
    )
