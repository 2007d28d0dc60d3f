"""Pages of the collector: jinja2 templates drawn on the server, one style sheet, no script.

Knows how things look. What is true is the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from appliance.core.money import format_money
from appliance.weblib.problems import Problem
from provisioning.collector import words

_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


class Pages:
    """Draws pages out of what they are given."""

    def __init__(self) -> None:
        folder = resources.files("provisioning.collector") / "static"
        self._files = {name: (folder / name).read_bytes() for name in _TYPES}
        self._environment = Environment(
            loader=PackageLoader("provisioning.collector"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(static=self._address)
        self._environment.filters.update(
            money=format_money, when=words.when, ago=words.ago, count=words.count, svg=Markup
        )

    def draw(self, template: str, **values: object) -> str:
        """The page as text. A value that the template needs and does not get is a fault of ours."""
        return self._environment.get_template(template).render(**values)

    def alone(self, template: str, **values: object) -> str:
        """A page that needs no other file: it gets the style sheet as `style`."""
        return self.draw(template, style=Markup(self._files["style.css"].decode()), **values)  # noqa: S704  # our own

    def answer(self, template: str, values: Mapping[str, object], *, status: int = 200) -> web.Response:
        return web.Response(text=self.draw(template, **values), content_type="text/html", status=status)

    def problem(self, _request: web.Request, problem: Problem) -> str:
        """A refusal as a page, with the way on."""
        return self.draw("problem.html", problem=problem)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/static/{version}/{name}", self._serve)]

    def _address(self, name: str) -> str:
        """Where a page finds a file; it changes with the file's bytes."""
        return f"/static/{hashlib.sha256(self._files[name]).hexdigest()[:12]}/{name}"

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        return web.Response(body=self._files[name], headers={"Cache-Control": _FOREVER, "Content-Type": _TYPES[name]})
