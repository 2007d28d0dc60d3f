"""What each system makes of the answer to its probe: internet, a network to sign in to, or a dead one.

This is the phones' side, written from their sources and not from our table of answers, so that the two can differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.probes import System


class Verdict(StrEnum):
    INTERNET = "internet"
    SIGN_IN = "sign in"
    DEAD = "no internet"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` are in lower case; `length` is what Content-Length says, None without one."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def length(self) -> int | None:
        text = self.headers.get("content-length")
        return int(text) if text is not None else None


def verdict(system: System, answer: Answer) -> Verdict:
    """What `system` concludes. It looks at nothing but the answer: what the phone saw before does not count here."""
    return _READERS[system](answer)


def _apple(answer: Answer) -> Verdict:
    """Everything but the page called Success opens the sheet (WBA captive-behavior, ios.md)."""
    page = b"<TITLE>Success</TITLE>" in answer.body and b"<BODY>Success</BODY>" in answer.body
    return Verdict.INTERNET if answer.status == 200 and page else Verdict.SIGN_IN


def _android(answer: Answer) -> Verdict:
    """CaptivePortalProbeResult and NetworkMonitor of AOSP 15: an answer of 4 bytes or fewer is a broken proxy's."""
    if answer.status == 204:
        return Verdict.INTERNET
    if answer.status == 200 and (answer.length if answer.length is not None else len(answer.body)) <= 4:
        return Verdict.DEAD
    return Verdict.SIGN_IN if 200 <= answer.status < 400 else Verdict.DEAD


def _windows(answer: Answer) -> Verdict:
    """NCSI: the exact text, or a browser is opened."""
    if answer.status == 200 and answer.body in {b"Microsoft Connect Test", b"Microsoft NCSI"}:
        return Verdict.INTERNET
    return Verdict.SIGN_IN if 200 <= answer.status < 400 else Verdict.DEAD


def _firefox(answer: Answer) -> Verdict:
    """captivedetect: the exact text; another one, or a redirection, shows the bar “You must log in”."""
    wanted = b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'
    if answer.status == 200 and answer.body in {wanted, b"success\n"}:
        return Verdict.INTERNET
    return Verdict.SIGN_IN if 200 <= answer.status < 400 else Verdict.DEAD


def _linux(answer: Answer) -> Verdict:
    """NetworkManager: its own header, or a text that begins as the distribution has set it."""
    if answer.headers.get("x-networkmanager-status") == "online":
        return Verdict.INTERNET
    if answer.status == 200 and answer.body.startswith((b"NetworkManager is online", b"OK")):
        return Verdict.INTERNET
    return Verdict.SIGN_IN if 200 <= answer.status < 400 or answer.status == 511 else Verdict.DEAD


_READERS: Mapping[System, Callable[[Answer], Verdict]] = {
    System.APPLE: _apple,
    System.ANDROID: _android,
    System.FIREOS: _android,
    System.CHROMEOS: _android,
    System.WINDOWS: _windows,
    System.FIREFOX: _firefox,
    System.LINUX: _linux,
}
