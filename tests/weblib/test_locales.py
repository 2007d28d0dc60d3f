"""Which language a request gets, and what the switch offers."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from appliance.weblib import locales
from appliance.weblib.locales import LANGUAGES, lookup, negotiate
from appliance.weblib.security import MAX_HEADERS, MAX_TARGET


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("de-CH-1996,de;q=0.9,en;q=0.8", "de"),
        ("zh-Hans-CN, ja;q=0.5", "ja"),
        ("fr;q=0.4, it;q=0.8, es;q=0.6", "it"),
        ("nl, *", "en"),
        ("pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "pt"),
        ("fr, de", "fr"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("en;q=0, *;q=0.5", "de"),
        ("*", "en"),
        ("nl, pl", "en"),
        ("de;q=2, fr;q=0.2", "fr"),
        ("de ; q=0.3 , es ; Q=0.7", "es"),
        ("de;q=0.8888, it;q=0.1", "it"),
        ("deutsch, es", "es"),
        ("§§, , ;q=1, ja", "ja"),
        ("fil-PH,en;q=0.5,es;q=0.6", "es"),
    ],
)
def test_accept_language(accepted: str, language: str) -> None:
    """Weights count, narrower tags widen, equal wishes go in their order, what cannot be read is left out."""
    assert negotiate(accepted) == language


@given(st.text())
def test_any_field_leads_to_a_language(accepted: str) -> None:
    """No Accept-Language field is a fault."""
    assert negotiate(accepted) in LANGUAGES


@pytest.mark.parametrize(("tag", "language"), [("ja", "ja"), ("JA-JP", "ja"), ("nl", None), ("", None), ("d", None)])
def test_lookup(tag: str, language: str | None) -> None:
    """A language is known by its first subtag."""
    assert lookup(tag) == language


async def _say(_request: web.Request) -> web.Response:
    choices = " ".join(f"{choice.code}={choice.address}{'*' * choice.is_current}" for choice in locales.switch())
    return web.Response(text=f"{locales.language()} {choices}", content_type="text/html")


async def _client() -> TestClient[web.Request, web.Application]:
    app = web.Application(middlewares=[locales.middleware])
    app.add_routes([web.get("/page", _say), web.post("/page", _say)])
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


async def test_the_switch_is_stronger_than_the_cookie_and_the_cookie_than_the_browser() -> None:
    """`?lang=` answers at once and is remembered; afterwards the cookie decides; without both the browser's wish."""
    client = await _client()
    wish = {"Accept-Language": "fr"}
    try:
        first = await client.get("/page", headers=wish)
        assert (await first.text()).startswith("fr ")
        assert first.headers["Content-Language"] == "fr"
        assert first.headers["Vary"] == "Accept-Language, Cookie"
        assert "Set-Cookie" not in first.headers
        second = await client.get("/page?lang=ja", headers=wish)
        assert (await second.text()).startswith("ja ")
        assert "lang=ja" in second.headers["Set-Cookie"]
        third = await client.get("/page", headers=wish)
        assert (await third.text()).startswith("ja ")
        assert "Set-Cookie" not in third.headers
    finally:
        await client.close()


async def test_a_language_that_nobody_speaks_changes_nothing() -> None:
    """A wrong `?lang=` or cookie is as none, and nothing of it comes back."""
    client = await _client()
    try:
        answer = await client.get("/page?lang=tlh", headers={"Cookie": "lang=xx", "Accept-Language": "it"})
        assert (await answer.text()).startswith("it ")
        assert "Set-Cookie" not in answer.headers
    finally:
        await client.close()


async def test_the_switch_keeps_the_address() -> None:
    """Other fields of the address stay; a page that answers a form leads to the front page."""
    client = await _client()
    try:
        looked = await (await client.get("/page?view=1&lang=de&name=%26%22")).text()
        assert "de=?view=1&name=%26%22&lang=de*" in looked
        assert "ja=?view=1&name=%26%22&lang=ja " in looked + " "
        assert "fr=/?lang=fr" in await (await client.post("/page?view=1")).text()
    finally:
        await client.close()


async def _elsewhere(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/page")


async def test_a_language_that_was_asked_for_on_the_way() -> None:
    """Where the address only leads to another, the page there speaks the language that was asked for here."""
    app = web.Application(middlewares=[locales.middleware])
    app.add_routes([web.get("/", _elsewhere), web.get("/page", _say)])
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/?lang=de")
        assert (answer.url.path, (await answer.text())[:3]) == ("/page", "de ")


async def test_a_file_is_no_page() -> None:
    """What a creator made is not said to be in the reader's language, whatever its type."""

    async def file(_request: web.Request) -> web.StreamResponse:
        return web.StreamResponse(headers={"Content-Type": "text/html"})

    app = web.Application(middlewares=[locales.middleware])
    app.add_routes([web.get("/a.html", file)])
    async with TestClient(TestServer(app)) as client:
        answer = await client.head("/a.html?lang=de")
        assert not {"Content-Language", "Vary", "Set-Cookie"} & set(answer.headers)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/page?lang=de&x=" + "a" * MAX_TARGET, {}),
        ("/page?lang=de", {"Accept-Language": "de," * MAX_HEADERS}),
        ("/page?lang=de", {"Cookie": "lang=de; " * MAX_HEADERS}),
    ],
)
async def test_what_is_too_long_is_not_read(path: str, headers: dict[str, str]) -> None:
    """An address or header that is refused for its length costs nothing before: its answer is English."""
    app = web.Application(middlewares=[locales.middleware])
    app.add_routes([web.get("/page", _say)])
    server = TestServer(app)
    await server.start_server(max_line_size=10 * MAX_HEADERS, max_field_size=10 * MAX_HEADERS)
    async with TestClient(server) as client:
        answer = await client.get(path, headers=headers)
        assert await answer.text() == "en " + " ".join(
            f"{code}=?lang={code}{'*' * (code == 'en')}" for code in LANGUAGES
        )
        assert "Set-Cookie" not in answer.headers


def test_outside_of_a_request() -> None:
    """Who draws without a request speaks English."""
    assert locales.language() == "en"
