"""Every refusal as an answer: a problem document (RFC 9457) for machines, a page for people, the same text in both.

Both speak the language that the request asks for; programs that ask for none get English, and go by `code`.
Knows status codes and who asks. How a page looks is the caller's: it hands over a function that draws it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from appliance.errors import RequestError, StallboxError
from appliance.weblib.advice import ADVICE
from appliance.weblib.speech import gettext, translated

CONTENT_TYPE = "application/problem+json"
Draw = Callable[[web.Request, "Problem"], str]

_log = logging.getLogger(__name__)
_SECRET_PATH = re.compile(r"^/([ct]|console/pair)/.*", re.IGNORECASE | re.DOTALL)
_RETRY_SECONDS = {429: 30, 503: 5}
_ENDS_CONNECTION = frozenset({408, 413, 414, 431})  # what is still to come on it is not worth reading
_OF_STATUS = {
    404: ("not-found", "Check the address, or scan the code on the screen again."),
    405: ("bad-request", "This address does not take such a request."),
    413: ("too-large", "A request may have 64 KiB at most."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal as it is answered, in the language of the request.

    `original`: what the place of the refusal said in English, where `detail` could only say what to do; else empty.
    """

    status: int
    code: str
    title: str
    detail: str
    original: str = ""

    @classmethod
    def of(cls, error: StallboxError) -> Problem:
        detail = translated(error.detail)
        if detail is None:
            advice = gettext(ADVICE[error.code])
            return cls(error.status_hint, error.code, gettext(error.title), advice, original=error.detail)
        return cls(error.status_hint, error.code, gettext(error.title), detail)

    def as_json(self) -> dict[str, object]:
        """RFC 9457 §3, with `code` beside it."""
        return {
            "type": f"urn:stallbox:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


def for_people(request: web.BaseRequest) -> bool:
    """Whether the sender asked for a page: browsers name text/html, programs do not; the API never sends one."""
    if request.path.lower().startswith("/api/"):
        return False
    return "text/html" in request.headers.get("Accept", "").lower()


def redacted(path: str) -> str:
    """The path for a log: what follows is a right to download, a payment, or a way into the console."""
    return _SECRET_PATH.sub(r"/\1/…", path)


def middleware(draw: Draw) -> Middleware:
    """Turns every refusal into an answer. What nobody foresaw is logged once, here, and answered with 500."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except StallboxError as error:
            return respond(request, Problem.of(error), draw)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return respond(request, _foreseen(error), draw, dict(_kept(error)))
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001  # the edge: the sender gets an answer, whatever it is, and the log a line
            _log.exception("%s %s failed", request.method, redacted(request.path))
            fault = RequestError("fault", "Something went wrong. Try again; what was sold is safe.", status_hint=500)
            return respond(request, Problem.of(fault), draw)

    return answer


def respond(request: web.Request, problem: Problem, draw: Draw, headers: dict[str, str] | None = None) -> web.Response:
    """The answer in the form that suits the sender."""
    fields = {"Cache-Control": "no-store", **(headers or {})}
    if problem.status in _RETRY_SECONDS:
        fields["Retry-After"] = str(_RETRY_SECONDS[problem.status])
    if for_people(request):
        body, kind = draw(request, problem), "text/html"
    else:
        body, kind = json.dumps(problem.as_json(), ensure_ascii=False), CONTENT_TYPE
    answer = web.Response(status=problem.status, text=body, content_type=kind, headers=fields)
    if problem.status in _ENDS_CONNECTION:
        answer.force_close()
    return answer


def _foreseen(error: web.HTTPException) -> Problem:
    """aiohttp's own refusals, in our words."""
    code, detail = _OF_STATUS.get(error.status, ("bad-request", "The request is not one that this box takes."))
    return Problem.of(RequestError(code, detail, status_hint=error.status))


def _kept(error: web.HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.headers.items() if name == "Allow"}
