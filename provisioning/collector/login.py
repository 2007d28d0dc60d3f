"""Who may look at the dashboard: whoever has the random secret in a file that the first run wrote (mode 0600).

There is no default password and no account. A session is a cookie that signs its own end, so that several collectors
over one database know each other's.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.errors import KeyFileError, RequestError
from appliance.files import read_secret, write_durably
from provisioning.collector.database import transaction

SESSION_S = 12 * 3600
_COOKIE = "stallbox-collector"
_WRONG_A_MINUTE = 10


def secret_in(path: Path, db: sqlite3.Connection) -> str:
    """The secret; made where there is none. KeyFileError where others can read the file, and where it is empty.

    `db`: of the collectors that share it and start at once, one makes the secret for all.
    """
    with transaction(db):
        if not path.exists():
            write_durably(path, secrets.token_urlsafe(24).encode() + b"\n", 0o600)
    secret = read_secret(path).decode().strip()
    if not secret:  # else whoever types nothing would be let in
        raise KeyFileError("key-file", f"{path} is empty. Remove it, and start the collector again: it makes another.")
    return secret


class Login:
    """`now` gives Unix seconds, `is_tls` says whether browsers come by HTTPS."""

    def __init__(self, secret: str, now: Callable[[], int], *, is_tls: bool) -> None:
        self._key = hashlib.sha256(b"stallbox-collector-session-v1" + secret.encode()).digest()
        self._secret = secret
        self._now = now
        self._is_tls = is_tls
        self._wrong: list[int] = []

    def guarded(self, handler: Handler) -> Handler:
        """Lets in who has a session; a browser without one is shown the way, a program is refused."""

        async def guard(request: web.Request) -> web.StreamResponse:
            if self.is_known(request):
                return await handler(request)
            if "text/html" in request.headers.get("Accept", ""):
                raise web.HTTPSeeOther("/login")
            raise RequestError("not-logged-in", "Log in first, or send the secret as a bearer token.", status_hint=401)

        return guard

    def is_known(self, request: web.Request) -> bool:
        """Whether a living session, or the secret itself as a bearer token (RFC 6750), comes with the request."""
        if self._is_session(request.cookies.get(self._cookie, "")):
            return True
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._is_secret(token.strip())

    def open(self, typed: str, request: web.Request, response: web.StreamResponse) -> None:
        """Gives a session for the secret; `pin-wrong`, and after ten wrong ones in a minute `too-many`.

        Browsers keep it to HTTPS where they come by it: to us, or to a web server in front that says so.
        """
        now = self._now()
        self._wrong = [at for at in self._wrong if now - at < 60]
        if len(self._wrong) >= _WRONG_A_MINUTE:
            raise RequestError("too-many", "Too many wrong tries: wait a minute.", status_hint=429)
        if not self._is_secret(typed.strip()):
            self._wrong.append(now)
            raise RequestError(
                "pin-wrong", "That is not the secret in the collector's file login-secret.", status_hint=403
            )
        until = now + SESSION_S
        response.set_cookie(
            self._cookie,
            f"{until}.{self._seal(until)}",
            max_age=SESSION_S,
            path="/",
            secure=self._is_tls or request.headers.get("X-Forwarded-Proto") == "https",
            httponly=True,
            samesite="Strict",
        )

    def close(self, response: web.StreamResponse) -> None:
        response.del_cookie(self._cookie, path="/", secure=self._is_tls, httponly=True, samesite="Strict")

    @property
    def _cookie(self) -> str:
        return f"__Host-{_COOKIE}" if self._is_tls else _COOKIE

    def _is_secret(self, typed: str) -> bool:
        return hmac.compare_digest(_bytes(typed), self._secret.encode())

    def _is_session(self, cookie: str) -> bool:
        until, _, seal = cookie.partition(".")
        if not (until.isascii() and until.isdecimal() and len(until) < 16):
            return False
        return hmac.compare_digest(_bytes(seal), self._seal(int(until)).encode()) and self._now() < int(until)

    def _seal(self, until: int) -> str:
        return hmac.digest(self._key, str(until).encode(), hashlib.sha256).hex()


def _bytes(text: str) -> bytes:
    """As it came: a header may hold what is no UTF-8 (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")
