"""Replays what each kind of phone asks a running box, from the first probe over the portal's page to the last probe.

Asks over loopback, each phone from an address of its own, so that the box takes them for different phones and none
for a buyer's. What DNS and the radio do it cannot see: only a real phone can.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from appliance.core.probes import PROBES, Apple, Phone, Probe, State, System, told
from appliance.errors import StoreError
from appliance.settings import Settings
from provisioning.doctor.verdict import Answer, Verdict, verdict

PROBE_AGENTS = {
    System.APPLE: "CaptiveNetworkSupport-481.0.0 wispr",
    System.ANDROID: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.3112.32 "
    "Safari/537.36",
    System.WINDOWS: "Microsoft NCSI",
}
PAGE_AGENTS = {
    System.APPLE: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    System.ANDROID: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari",
    System.FIREOS: "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/120.4 Safari",
    System.WINDOWS: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0",
    System.LINUX: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1",
    System.FIREFOX: "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
}
_TIMEOUT = ClientTimeout(total=10)  # Android waits so long for its socket


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `first` and `after` are what the phone concludes before and after *Continue*."""

    name: str
    asks: str
    first: str
    after: str
    fault: str | None

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "asks": self.asks, "first": self.first, "after": self.after, "fault": self.fault}


_HEADINGS = ("phone", "at first", "after Continue", "asks")


def table(rows: Sequence[Row]) -> str:
    """The rows for people, a fault under its row."""
    lines = [_HEADINGS, *((row.name, row.first, row.after, row.asks) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    printed = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    for at in reversed(range(len(rows))):
        if fault := rows[at].fault:
            printed.insert(at + 2, f"  ! {fault}")
    return "\n".join(printed)


async def replay(settings: Settings) -> list[Row]:
    """Every row of the probe table, asked of the box with these settings; StoreError where nothing answers."""
    host = "127.0.0.1" if settings.web.listen == "0.0.0.0" else settings.web.listen  # noqa: S104
    box = f"http://{host}:{settings.web.port}"
    addresses = _addresses()
    try:
        return [await _row(probe, next(addresses), box, settings) for probe in PROBES]
    except (ClientError, TimeoutError) as error:
        raise StoreError("store", f"Nothing answers at {box} ({error}). Start the box, then ask again.") from error


def _addresses() -> Iterator[str]:
    """Loopback addresses that the box has not heard of for a while."""
    while True:
        parts = [secrets.randbelow(254) + 1 for _ in range(3)]
        yield f"127.{parts[0]}.{parts[1]}.{parts[2]}"


async def _row(probe: Probe, address: str, box: str, settings: Settings) -> Row:
    host, path = (probe.hosts or probe.sites)[0], (probe.paths or ("/",))[0]
    connector = TCPConnector(local_addr=(address, 0), force_close=True)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar(), timeout=_TIMEOUT) as session:
        phone = _Phone(session, box, settings.web.public, probe.system)
        first = await phone.ask(host, path)
        portal = await phone.open(f"{settings.web.base}/captive-portal")
        await phone.open(f"{settings.web.base}/captive-portal/ok")
        after = await phone.ask(host, path)
    found = [verdict(probe.system, answer) for answer in (first, after)]
    fault = _fault(probe, found, settings.portal.apple) or _bad_answer(first, after, settings.web.base)
    if fault is None and portal.status != 200:
        fault = f"the portal's page answers {portal.status}"
    return Row(probe.name, f"http://{host}{path}", found[0], found[1], fault)


def _fault(probe: Probe, found: list[Verdict], apple: Apple) -> str | None:
    for state, verdict_found, when in (
        (State.NEW, found[0], "at first"),
        (State.ACCEPTED, found[1], "after Continue"),
    ):
        success = told(Phone(state, probe.system), probe, apple)
        wanted = Verdict.SIGN_IN if success is None else Verdict.INTERNET
        if verdict_found is not wanted:
            return f"{when} it should find: {wanted}"
    return None


def _bad_answer(first: Answer, after: Answer, base: str) -> str | None:
    for answer in (first, after):
        if "no-store" not in answer.headers.get("cache-control", ""):
            return "the answer may be kept"
        if answer.status == 302 and not answer.headers.get("location", "").startswith(base):
            return f"it is sent to {answer.headers.get('location')}"
    return None


class _Phone:
    """One phone; its names all lead to the box, as the box's DNS says."""

    def __init__(self, session: ClientSession, box: str, public: str, system: System) -> None:
        self._session = session
        self._box = box
        self._public = public
        self._system = system

    async def ask(self, host: str, path: str) -> Answer:
        return await self._get(host, path, PROBE_AGENTS.get(self._system, "curl/8"))

    async def open(self, address: str) -> Answer:
        path = "/" + address.partition("://")[2].partition("/")[2]
        return await self._get(self._public, path, PAGE_AGENTS[self._system])

    async def _get(self, host: str, path: str, agent: str) -> Answer:
        headers = {"Host": host, "User-Agent": agent}
        async with self._session.get(self._box + path, headers=headers, allow_redirects=False) as answer:
            fields = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, fields, await answer.read())
