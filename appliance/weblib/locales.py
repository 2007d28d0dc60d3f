"""In which language a request is answered: `?lang=`, the cookie that a switch left, Accept-Language, else English.

Knows the languages that pages speak, no sentence of them. Outside of a request everything speaks English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.weblib import catalogues
from appliance.weblib.security import LANGUAGE, is_oversized

ENGLISH = "en"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "ja": "日本語",
}
"""What pages speak (BCP 47), each with the name that its readers know."""

Fields = tuple[tuple[str, str], ...]

_YEAR_SECONDS = 365 * 24 * 3600
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?")
_SPEAKING = {"text/html", "application/problem+json"}
_VARY = "Accept-Language, Cookie"


@dataclass(frozen=True, slots=True)
class Choice:
    """One language of the switch: `address` shows the same page in it."""

    code: str
    name: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    language: str
    path: str = ""
    fields: Fields = ()


_NOBODY = _Heard(ENGLISH)
_heard: ContextVar[_Heard] = ContextVar("heard", default=_NOBODY)


def language() -> str:
    """In which language the request at hand is answered."""
    return _heard.get().language


@contextmanager
def speaking(language: str, path: str = "", fields: Fields = ()) -> Iterator[None]:
    """Within the block everything is said in `language`; the switch leads to `path` with these fields."""
    before = _heard.set(_Heard(language, path, fields))
    try:
        yield
    finally:
        _heard.reset(before)


def switch() -> list[Choice]:
    """The page at hand in every language; the front page where a form was answered, which nobody can ask for again."""
    heard = _heard.get()
    return [
        Choice(code, name, f"{heard.path}?{urlencode([*heard.fields, (LANGUAGE, code)])}", code == heard.language)
        for code, name in LANGUAGES.items()
    ]


def negotiate(accepted: str) -> str:
    """The best of LANGUAGES for an Accept-Language field (RFC 9110 §12.5.4, lookup of RFC 4647 §3.4), else English.

    What cannot be read in the field counts as absent. A language with q=0 is chosen only where nothing else is left.
    """
    ranges = list(_ranges(accepted))
    unwanted = {tag for tag, weight in ranges if weight == 0}
    for tag, weight in sorted(ranges, key=lambda found: -found[1]):
        found = _any_but(unwanted) if tag == "*" else lookup(tag)
        if weight and found and found not in unwanted:
            return found
    return _any_but(unwanted) or ENGLISH


def lookup(tag: str) -> str | None:
    """The language of LANGUAGES that `tag` names or narrows: `de` for `de-CH-1996`."""
    first = tag.lower().partition("-")[0]
    return first if first in LANGUAGES else None


def _any_but(unwanted: set[str]) -> str | None:
    return next((code for code in LANGUAGES if code not in unwanted), None)


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted.split(","):
        if found := _RANGE.fullmatch(part):
            yield found[1].lower(), float(found[2] or 1)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Settles the language before anything is said, and names it in the answer. What is too long is not read for it."""
    if is_oversized(request):
        return await handler(request)
    asked = lookup(request.query.get(LANGUAGE, ""))
    chosen = asked or lookup(request.cookies.get(LANGUAGE, "")) or negotiate(request.headers.get("Accept-Language", ""))
    await catalogues.ready(chosen)
    try:
        with speaking(chosen, *_address(request)):
            response = await handler(request)
    except web.HTTPRedirection as way:  # the page that it leads to shall speak the language that was tapped here
        _remember(way, asked)
        raise
    if isinstance(response, web.Response) and response.content_type in _SPEAKING:  # a creator's files are none
        _label(response, chosen)
        _remember(response, asked)
    return response


def _address(request: web.Request) -> tuple[str, Fields]:
    """Where the same page can be had again, relative to itself."""
    if request.method not in {"GET", "HEAD"}:
        return "/", ()
    return "", tuple((name, value) for name, value in request.query.items() if name != LANGUAGE)


def _label(response: web.Response, chosen: str) -> None:
    response.headers["Content-Language"] = chosen
    response.headers["Vary"] = _VARY


def _remember(response: web.Response, asked: str | None) -> None:
    if asked is not None:
        response.set_cookie(LANGUAGE, asked, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax")
