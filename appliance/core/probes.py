"""What phones ask to learn whether a network has internet, and what each phone is told: a table and one state machine.

Knows names, paths and answers of each system, and when a phone may have which. It refuses to know HTTP, addresses
and the time of day: the portal answers by it, `stallbox doctor --phones` asks by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class System(StrEnum):
    """What runs on a phone or laptop."""

    APPLE = "apple"
    ANDROID = "android"
    FIREOS = "fireos"
    CHROMEOS = "chromeos"
    WINDOWS = "windows"
    LINUX = "linux"
    FIREFOX = "firefox"  # a browser that asks for itself, whatever it runs on

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    System.APPLE: "iPhone, iPad, Mac",
    System.ANDROID: "Android",
    System.FIREOS: "Fire tablet",
    System.CHROMEOS: "Chromebook",
    System.WINDOWS: "Windows",
    System.LINUX: "Linux",
    System.FIREFOX: "Firefox",
}


@dataclass(frozen=True, slots=True)
class Success:
    """What a system takes for internet: nothing else will do, byte for byte."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One row of the table. It is meant where any of its hosts or any of its paths is asked for: phones change both.

    `sites` are hosts that people open as well: there the path must fit too. `success` is None where the asker is a
    browser that wants to be shown the way. The other answer is the same for every row: 302 to the portal's page.
    """

    name: str
    system: System
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    success: Success | None
    sites: tuple[str, ...] = ()


_NO_CONTENT = Success(204)
_NM_ONLINE = Success(200, b"NetworkManager is online\n", "text/plain; charset=utf-8")

PROBES = (
    Probe(
        "apple",
        System.APPLE,
        (
            "captive.apple.com",
            "www.appleiphonecell.com",
            "www.airport.us",
            "www.ibook.info",
            "www.itools.info",
            "www.thinkdifferent.us",
            "gsp1.apple.com",
            "iphone-ld.apple.com",
            "netcts.cdn-apple.com",
        ),
        ("/hotspot-detect.html", "/library/test/success.html"),
        Success(200, b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>", "text/html"),
        sites=("www.apple.com", "apple.com"),
    ),
    Probe(
        "android",
        System.ANDROID,
        (
            "connectivitycheck.gstatic.com",
            "connectivitycheck.android.com",
            "clients3.google.com",
            "connectivitycheck.platform.hicloud.com",
            "connect.rom.miui.com",
            "d2uzsrnmmf6tds.cloudfront.net",
        ),
        ("/generate_204", "/gen_204"),
        _NO_CONTENT,
        sites=("www.google.com", "play.googleapis.com", "www.gstatic.com"),
    ),
    Probe(
        "fireos",
        System.FIREOS,
        ("spectrum.s3.amazonaws.com",),
        ("/kindle-wifi/wifistub.html", "/kindle-wifi/wifiredirect.html"),
        None,
    ),
    Probe(
        "windows",
        System.WINDOWS,
        ("www.msftconnecttest.com", "ipv6.msftconnecttest.com"),
        ("/connecttest.txt",),
        Success(200, b"Microsoft Connect Test", "text/plain"),
    ),
    Probe(
        "windows-8",
        System.WINDOWS,
        ("www.msftncsi.com", "ipv6.msftncsi.com"),
        ("/ncsi.txt",),
        Success(200, b"Microsoft NCSI", "text/plain"),
    ),
    # Windows opens this one in the default browser when the probe above was shown the way.
    Probe("windows-browser", System.WINDOWS, (), ("/redirect",), None, sites=("www.msftconnecttest.com",)),
    Probe(
        "firefox",
        System.FIREFOX,
        ("detectportal.firefox.com",),
        ("/canonical.html",),
        Success(
            200,
            b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
            "text/html",
        ),
    ),
    Probe(
        "firefox-text",
        System.FIREFOX,
        (),
        ("/success.txt",),
        Success(200, b"success\n", "text/plain"),
        sites=("detectportal.firefox.com",),
    ),
    Probe("gnome", System.LINUX, ("nmcheck.gnome.org",), ("/check_network_status.txt",), _NM_ONLINE),
    Probe("debian", System.LINUX, (), ("/nm",), _NM_ONLINE, sites=("network-test",)),  # the host of Debian's own domain
    Probe(
        "ubuntu",
        System.LINUX,
        ("connectivity-check.ubuntu.com",),
        (),
        Success(204, headers=(("X-NetworkManager-Status", "online"),)),
    ),
    Probe("kde", System.LINUX, ("networkcheck.kde.org",), (), Success(200, b"OK\n", "text/plain")),
)
"""Sources: AOSP NetworkMonitor.java and config.xml, the Wireless Broadband Alliance's captive-behavior, Microsoft's
NCSI documents, Mozilla's and NetworkManager's own settings."""

_APPLE_AGENT = "CaptiveNetworkSupport"
_HELPERS = (_APPLE_AGENT, "Dalvik/", "Microsoft NCSI")  # Dalvik: a Samsung looks at its gateway so
_BY_PATH = {path: probe for probe in PROBES for path in probe.paths}
_BY_HOST = {host: probe for probe in PROBES for host in probe.hosts}


def find(host: str, path: str, agent: str, *, own: bool) -> Probe | None:
    """The row that a GET of `path` at `host` belongs to, None where it is none.

    `host`: lower case, without port, empty where the sender named none. `own`: it is the box's own name; then only
    the path tells, since Apple's helper follows us to our own pages under the name of its probe.
    """
    if not own and _APPLE_AGENT in agent:
        return PROBES[0]
    return _BY_PATH.get(path) or _BY_HOST.get(host.rstrip("."))


def is_helper(agent: str) -> bool:
    """Whether a system asks in the background, and no person sees the answer."""
    return any(helper in agent for helper in _HELPERS)


_AGENTS = (  # in this order: each one names some of those below it
    ("Silk/", System.FIREOS),
    ("CrOS", System.CHROMEOS),
    ("Android", System.ANDROID),
    ("Windows", System.WINDOWS),
    ("iPhone", System.APPLE),
    ("iPad", System.APPLE),
    ("Macintosh", System.APPLE),
    (_APPLE_AGENT, System.APPLE),
    ("Linux", System.LINUX),
)


def system_of(agent: str) -> System | None:
    """The system whose browser calls itself so. Not for probes: Android's claims to be a desktop's Chrome."""
    return next((system for word, system in _AGENTS if word in agent), None)


def is_sign_in(agent: str) -> bool:
    """Whether this is the small browser that a system opens to sign in to a network: Android's is a WebView (`; wv)`),
    Apple's does not call itself Safari. It forgets everything when it closes; Android's downloads, Apple's does not.
    """
    if system_of(agent) is System.APPLE:
        return "AppleWebKit/" in agent and "Safari/" not in agent
    return "; wv)" in agent


class Apple(StrEnum):
    """What iPhones are told (`portal.apple`).

    QUIET: always Success, so no sheet opens, Wi-Fi comes first at once and Safari opens the code on the screen.
    POPUP: Apple's sheet opens and Success comes after *Continue*; since iOS 26 it may not open at all.
    """

    QUIET = "quiet"
    POPUP = "popup"


class State(StrEnum):
    """Where a phone stands with the portal."""

    NEW = "new"
    PORTAL = "portal"  # it was shown the way
    ACCEPTED = "accepted"  # its person went on from the portal's page


class Event(StrEnum):
    ASKED = "asked"  # a probe was answered with Success
    SHOWN = "shown"  # a probe was answered with the way to the portal
    OPENED = "opened"  # a person looked at a page of the box
    ACCEPTED = "accepted"


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.NEW: {Event.SHOWN: State.PORTAL, Event.OPENED: State.PORTAL, Event.ACCEPTED: State.ACCEPTED},
    State.PORTAL: {Event.ACCEPTED: State.ACCEPTED},
    State.ACCEPTED: {},
}
"""Every pair that is not named here stays where it is; the way back is time alone (`Phone.at`)."""

_BY_PROBE = frozenset({Event.ASKED, Event.SHOWN})

IDLE_S = 45 * 60.0
STAYS = frozenset({System.ANDROID, System.FIREOS})
"""Systems whose people buy and download inside the sign-in browser."""


@dataclass(frozen=True, slots=True)
class Phone:
    """What the box knows of one phone. `is_paired`: it is the stall owner's. `seen_s`: running time."""

    state: State = State.NEW
    system: System | None = None
    is_paired: bool = False
    seen_s: float = 0.0

    def at(self, now_s: float) -> Phone:
        """The same phone now: after `IDLE_S` without a word it starts anew, since addresses change hands.

        A paired one stays paired: to be taken for a buyer's would cost the stall owner their mobile data.
        """
        if now_s - self.seen_s < IDLE_S:
            return self
        return Phone(is_paired=self.is_paired, seen_s=self.seen_s)

    def after(self, event: Event, now_s: float, system: System | None = None) -> Phone:
        """The phone after `event`. What its browser says of itself counts more than what its probe lets guess."""
        phone = self.at(now_s)
        known = (phone.system or _device(system)) if event in _BY_PROBE else (system or phone.system)
        state = TRANSITIONS[phone.state].get(event, phone.state)
        return replace(phone, state=state, system=known, seen_s=now_s)

    def paired(self, now_s: float) -> Phone:
        """The phone once its owner has used the console."""
        return replace(self.at(now_s), is_paired=True, seen_s=now_s)


def _device(system: System | None) -> System | None:
    return None if system is System.FIREFOX else system


def told(phone: Phone, probe: Probe, apple: Apple) -> Success | None:
    """What the phone gets for its probe; None: it is shown the way to the portal.

    - A paired phone is never told Success: it would leave the mobile data that its card reader needs.
    - An Android never is while it is here: 204 closes its sign-in browser, in which its person buys and downloads.
    """
    if phone.is_paired:
        return None
    if probe.system is System.APPLE and apple is Apple.QUIET:
        return probe.success
    if phone.state is not State.ACCEPTED:
        return None
    # A Chromebook asks as Android does, and only its browser says what it is; it buys in an ordinary browser.
    stays = probe.system in STAYS and phone.system is not System.CHROMEOS
    return None if stays else probe.success


def is_captive(phone: Phone, agent: str, apple: Apple) -> bool:
    """`captive` of RFC 8908 for this phone: the same truth as its probes get."""
    if phone.is_paired:
        return True
    if apple is Apple.QUIET and System.APPLE in {phone.system, system_of(agent)}:
        return False
    return phone.state is not State.ACCEPTED or phone.system in STAYS
