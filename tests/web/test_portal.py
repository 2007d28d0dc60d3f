"""The conformance table of the portal: host, path, headers and state, and what goes over the wire for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.probes import PROBES, Event, Probe
from provisioning.doctor.verdict import Answer
from tests.web.phone import ANDROID, ANDROID_PROBE, IPHONE, LINUX, PORTAL, SHOP, WINDOWS, WISPR, joined
from tests.web.served import PUBLIC, Box, running_box

APPLE_OK = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
FIREFOX_OK = b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'
NM_OK = b"NetworkManager is online\n"

# name of the row: what a phone gets once its person went on; None: it is shown the way for ever
ACCEPTED: dict[str, tuple[int, bytes, str | None] | None] = {
    "apple": (200, APPLE_OK, "text/html"),
    "android": None,
    "fireos": None,
    "windows": (200, b"Microsoft Connect Test", "text/plain"),
    "windows-8": (200, b"Microsoft NCSI", "text/plain"),
    "windows-browser": None,
    "firefox": (200, FIREFOX_OK, "text/html"),
    "firefox-text": (200, b"success\n", "text/plain"),
    "gnome": (200, NM_OK, "text/plain; charset=utf-8"),
    "debian": (200, NM_OK, "text/plain; charset=utf-8"),
    "ubuntu": (204, b"", None),
    "kde": (200, b"OK\n", "text/plain"),
}
BROWSERS = {"android": ANDROID, "fireos": ANDROID, "apple": IPHONE, "windows": WINDOWS, "windows-8": WINDOWS}


@pytest.fixture
async def popup(tmp_path: Path) -> AsyncIterator[Box]:
    """A box whose stall lets Apple's sheet open."""
    async with running_box(tmp_path, more='[portal]\napple = "popup"') as running:
        yield running


def is_the_way(answer: Answer) -> bool:
    """302 to the portal on the link, with a body that Android does not take for a broken proxy's."""
    return (
        answer.status == 302
        and answer.headers["location"] == PORTAL
        and answer.length == len(answer.body) > 4
        and PORTAL.encode() in answer.body
        and is_for_now(answer)
    )


def is_for_now(answer: Answer) -> bool:
    return answer.headers["cache-control"] == "no-store" and answer.headers["connection"] == "close"


def urls(probe: Probe) -> list[str]:
    """Every host with every path that makes this probe, and each path at a name nobody has heard of."""
    hosts = (*probe.hosts, *probe.sites, "never-heard-of.example")
    found = [f"http://{host}{path}" for host in hosts for path in probe.paths]
    return found + [f"http://{host}/another/path?x=1" for host in probe.hosts]


class TestTable:
    @pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
    async def test_new(self, popup: Box, probe: Probe) -> None:
        """A phone that is new is shown the way, by every host and every path of the row."""
        for url in urls(probe):
            async with joined(popup) as phone:
                assert is_the_way(await phone.ask(url)), url
                assert is_the_way(await phone.ask(url)), "and again, having been shown it"

    @pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
    async def test_accepted(self, popup: Box, probe: Probe) -> None:
        """Once its person went on, a phone gets byte for byte what its system takes for internet, or never does."""
        wanted = ACCEPTED[probe.name]
        async with joined(popup) as phone:
            await phone.browse(f"{PORTAL}/ok", BROWSERS.get(probe.name, LINUX))
            for url in urls(probe):
                answer = await phone.ask(url)
                if wanted is None:
                    assert is_the_way(answer), url
                    continue
                assert (answer.status, answer.body, answer.headers.get("content-type")) == wanted, url
                assert answer.length == (len(wanted[1]) if wanted[1] else None)
                assert is_for_now(answer)

    async def test_every_row_is_in_the_table(self) -> None:
        """No row of the product's table goes untested."""
        assert set(ACCEPTED) == {probe.name for probe in PROBES}

    async def test_ubuntu_header(self, popup: Box) -> None:
        """Ubuntu's answer is a header."""
        async with joined(popup) as phone:
            await phone.browse(f"{PORTAL}/ok", LINUX)
            answer = await phone.ask("http://connectivity-check.ubuntu.com/")
            assert answer.headers["x-networkmanager-status"] == "online"

    @pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
    async def test_paired(self, popup: Box, probe: Probe) -> None:
        """The stall owner's phone is never told Success, before and after acceptance."""
        async with joined(popup) as phone:
            await popup.visits.pair(phone.address)
            for _ in range(2):
                assert all([is_the_way(await phone.ask(url)) for url in urls(probe)])
                await phone.browse(f"{PORTAL}/ok", IPHONE)

    async def test_quiet(self, box: Box) -> None:
        """As it comes, every iPhone is told Success at once, by any of Apple's names and by its agent; no other is."""
        apple = PROBES[0]
        async with joined(box) as phone:
            for url in [*urls(apple), "http://random.example/x7/y.html"]:
                answer = await phone.ask(url, WISPR)
                assert (answer.status, answer.body, answer.headers["content-type"]) == (200, APPLE_OK, "text/html")
                assert is_for_now(answer)
            await box.visits.pair(phone.address)
            assert is_the_way(await phone.ask("http://captive.apple.com/hotspot-detect.html", WISPR))
        async with joined(box) as phone:
            assert is_the_way(await phone.ask("http://www.msftconnecttest.com/connecttest.txt"))


class TestRequests:
    """How the requests may be written; each goes over a bare socket."""

    async def test_head(self, popup: Box) -> None:
        """HEAD gets GET's header and no body, in both states."""
        async with joined(popup) as phone:
            url = "http://detectportal.firefox.com/canonical.html"
            head, got = await phone.ask(url, method="HEAD"), await phone.ask(url)
            assert (head.status, head.body, head.length) == (302, b"", got.length)
            popup.visits.happened(phone.address, Event.ACCEPTED)
            head = await phone.ask(url, method="HEAD")
            assert (head.status, head.body, head.length) == (200, b"", len(FIREFOX_OK))

    @pytest.mark.parametrize(
        "request_lines",
        [
            "GET /generate_204 HTTP/1.0\r\nHost: connectivitycheck.gstatic.com",
            "GET /generate_204 HTTP/1.0",
            "GET /generate_204 HTTP/1.1\r\nHost:",
            "GET /generate_204 HTTP/1.1\r\nHost: 10.42.0.1",
            "GET /generate_204 HTTP/1.1\r\nHost: CONNECTIVITYCHECK.GSTATIC.COM:80",
            "GET http://connectivitycheck.gstatic.com/generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com",
            "GET http://connectivitycheck.gstatic.com/other HTTP/1.1\r\nHost: 10.42.0.1",
            "GET http://connectivitycheck.gstatic.com/other HTTP/1.0",
        ],
    )
    async def test_however_it_is_written(self, popup: Box, request_lines: str) -> None:
        """HTTP/1.0, no Host, an empty one, a whole address in the request line: a probe is answered, then closed."""
        answer = await bare(popup, request_lines)
        assert is_the_way(answer)

    async def test_http_1_1_without_host(self, popup: Box) -> None:
        """RFC 9112 §3.2 demands 400 there, for a probe as for anything."""
        assert (await bare(popup, "GET /generate_204 HTTP/1.1")).status == 400

    async def test_bodyless(self, popup: Box) -> None:
        """204 has neither body nor length, in either version (RFC 9110 §8.6)."""
        popup.visits.happened("127.0.0.1", Event.ACCEPTED)
        for version in ("1.0", "1.1"):
            answer = await bare(popup, f"GET / HTTP/{version}\r\nHost: connectivity-check.ubuntu.com")
            assert (answer.status, answer.body, answer.length) == (204, b"", None)

    @pytest.mark.parametrize(
        "request_lines",
        [
            "GET /x?y HTTP/1.1\r\nHost: example.com",
            "GET / HTTP/1.1\r\nHost: www.google.com",
            "GET http://example.com/ HTTP/1.1\r\nHost: 10.42.0.1",
            "GET / HTTP/1.0",
            "GET /c/0000 HTTP/1.1\r\nHost: example.com:8080",
            "HEAD / HTTP/1.1\r\nHost: example.com",
        ],
    )
    async def test_foreign_get(self, popup: Box, request_lines: str) -> None:
        """Who looks for any other site is sent to the shop, at its address on the link."""
        answer = await bare(popup, request_lines)
        assert (answer.status, answer.headers["location"]) == (302, f"{SHOP}/")
        assert answer.headers["cache-control"] == "no-store"
        assert (answer.length or 0) > 4

    @pytest.mark.parametrize("path", ["/", "/generate_204", "/pickup", "/captive-portal"])
    @pytest.mark.parametrize(
        "line", ["{} HTTP/1.1\r\nHost: www.google.com", "http://www.google.com{} HTTP/1.1\r\nHost: 10.42.0.1"]
    )
    async def test_foreign_post(self, popup: Box, path: str, line: str) -> None:
        """What was meant for another site is refused with 421, a probe's name and path or not."""
        answer = await bare(popup, "POST " + line.format(path) + "\r\nContent-Length: 0")
        assert answer.status == 421

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PROPFIND"])
    async def test_nothing_but_looking_is_shown_the_way(self, popup: Box, method: str) -> None:
        """A redirection answers who wants to see a page, and nobody else."""
        assert (await bare(popup, f"{method} /x HTTP/1.1\r\nHost: example.com")).status == 421

    @pytest.mark.parametrize("path", ["/", "/captive-portal", "/captive-portal/ok", "/healthz", "/nothing", "/c/0000"])
    @pytest.mark.parametrize("agent", [WISPR, ANDROID_PROBE, LINUX, ""])
    async def test_own_paths_are_never_sent_away(self, popup: Box, path: str, agent: str) -> None:
        """Under its own name the box serves its pages itself, whoever asks and in every state."""
        async with joined(popup) as phone:
            for event in (None, Event.SHOWN, Event.ACCEPTED):
                if event:
                    popup.visits.happened(phone.address, event)
                answer = await phone.ask(SHOP + path, agent)
                assert answer.status in {200, 404}

    async def test_a_whole_address_of_our_own(self, popup: Box) -> None:
        """A whole address that names the box is served, whatever the Host field says beside it."""
        answer = await bare(popup, f"GET http://{PUBLIC}/captive-portal HTTP/1.1\r\nHost: example.com")
        assert answer.status == 200


async def bare(box: Box, request_lines: str) -> Answer:
    """Sends these lines as they are, from 127.0.0.1; what came until the answer's end."""
    host, port = box.shop.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"{request_lines}\r\n\r\n".encode())
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        status, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "HTTP/1.0" in request_lines:
            headers.setdefault("connection", "close")  # as that version means it
        length = 0 if request_lines.startswith("HEAD") else int(headers.get("content-length", 0))
        body = await asyncio.wait_for(reader.readexactly(length), 5)
        if headers.get("connection") == "close":
            assert await asyncio.wait_for(reader.read(), 5) == b"", "nothing follows, and the connection ends"
        return Answer(int(status.split()[1]), headers, body)
    finally:
        writer.close()


async def test_idle_phones_start_anew(popup: Box) -> None:
    """An address that was silent for long is another phone's: it is shown the way again."""
    now = popup.visits.clock()
    async with joined(popup) as phone:
        url = "http://detectportal.firefox.com/success.txt?ipv4"
        await phone.browse(f"{PORTAL}/ok", LINUX)
        assert (await phone.ask(url)).body == b"success\n"
        popup.visits.clock = lambda: now + 7200
        assert is_the_way(await phone.ask(url))


async def test_looking_is_not_accepting(popup: Box) -> None:
    """Neither HEAD nor the helper that follows us in the background accepts for its person."""
    async with joined(popup) as phone:
        await phone.ask(f"{PORTAL}/ok", IPHONE, "HEAD")
        await phone.ask(f"{PORTAL}/ok", WISPR)
        assert is_the_way(await phone.ask("http://captive.apple.com/hotspot-detect.html", WISPR))
