"""Refusals: a problem document for programs, a page for people, the same words in both."""

from __future__ import annotations

import html

import pytest

from appliance.core.status import Status
from appliance.weblib.problems import redacted
from tests.web.clients import PERSON, PROGRAM
from tests.web.served import Box

FORM = "application/x-www-form-urlencoded"
REFUSED = [("/nothing", 404, "not-found"), ("/drops/nope", 404, "unknown-drop"), ("/c/0000", 404, "unknown-claim")]


@pytest.mark.parametrize(("path", "status", "code"), REFUSED)
async def test_document(box: Box, path: str, status: int, code: str) -> None:
    """A program gets RFC 9457: type, title, status, detail, and the code."""
    async with box.client.get(box.shop + path, headers=PROGRAM) as answer:
        assert answer.content_type == "application/problem+json"
        found = await answer.json()
    assert (answer.status, found["status"], found["code"]) == (status, status, code)
    assert found["type"] == f"urn:stallbox:problem:{code}"
    assert found["title"]
    assert found["detail"].endswith(".")


@pytest.mark.parametrize(("path", "status", "code"), REFUSED)
async def test_page_says_the_same(box: Box, path: str, status: int, code: str) -> None:
    """A person reads the same title and detail on a page with the way on."""
    async with box.client.get(box.shop + path, headers=PROGRAM) as answer:
        found = await answer.json()
    async with box.client.get(box.shop + path, headers=PERSON) as answer:
        assert (answer.status, answer.content_type) == (status, "text/html")
        text = html.unescape(await answer.text())
    assert found["title"] in text
    assert found["detail"] in text
    assert code in text
    assert 'href="/"' in text


async def test_api_never_sends_pages(box: Box) -> None:
    """The API answers programs, whatever they accept."""
    async with box.client.get(f"{box.shop}/api/v1/nothing", headers=PERSON) as answer:
        assert answer.content_type == "application/problem+json"


async def test_head(box: Box) -> None:
    """A refused HEAD has the status and no body."""
    async with box.client.head(f"{box.shop}/c/0000", headers=PROGRAM) as answer:
        assert answer.status == 404
        assert await answer.read() == b""


@pytest.mark.parametrize("path", ["/pickup", "/redeem", "/console/sell"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"number=\xff\xfe"),
        (f"{FORM}; charset=klingon", b"number=0000"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="number"\r\n\r\n1\r\n--x--\r\n',
        ),
    ],
)
async def test_bodies_that_are_no_form(box: Box, path: str, kind: str, body: bytes) -> None:
    """What none of our pages would send is refused as the sender's fault, not answered as one of ours."""
    headers = PROGRAM | {"Content-Type": kind}
    async with box.client.post(box.shop + path, data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "bad-request")


async def test_what_nobody_foresaw(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is one line in the log and a 500 that shows nothing of the inside."""

    class BrokenStock:
        async def status(self) -> Status:
            raise LookupError("secret inside")

    object.__setattr__(box.stall, "stock", BrokenStock())
    async with box.client.get(f"{box.shop}/healthz", headers=PROGRAM) as answer:
        assert (answer.status, (await answer.json())["code"]) == (500, "fault")
        assert "secret" not in await answer.text()
    assert caplog.text.count("GET /healthz failed") == 1


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/c/7KQ2/all.zip", "/c/…"),
        ("/T/eyJ", "/T/…"),
        ("/drops/x", "/drops/x"),
        ("/c/a\nb", "/c/…"),
        ("/CONSOLE/PAIR/7KQ2", "/CONSOLE/PAIR/…"),
        ("/console/pair/waiting/secret", "/console/pair/…"),
        ("/console/pair", "/console/pair"),
    ],
)
def test_redacted(path: str, shown: str) -> None:
    """What follows /c/ and /t/, and what pairs a phone, does not reach a log."""
    assert redacted(path) == shown
