"""How far one phone got, from joining to its files, and where it stopped: the likely cause, and what to do about it.

Knows steps, times on a running clock, and sentences for the stall owner. Who saw a step is the caller's business:
joined, lease and DNS come from the network's services, all others from the web face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.core.probes import Apple, System


class Step(StrEnum):
    """In the order in which a phone takes them."""

    JOINED = "joined"
    LEASE = "lease"
    DNS = "dns"
    PROBE = "probe"
    PAGE = "page"
    PAID = "paid"  # it opened the page of a claim
    DELIVERED = "delivered"  # every byte of its claim has gone out

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Step.JOINED: "Joined",
    Step.LEASE: "Got an address",
    Step.DNS: "Asked for names",
    Step.PROBE: "Looked for internet",
    Step.PAGE: "Opened a page",
    Step.PAID: "Paid",
    Step.DELIVERED: "Has its files",
}
_ORDER = tuple(Step)
MAX_WHAT = 80


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step was seen, in seconds of running time, how often, and the last that was said of it."""

    first_s: float
    last_s: float
    count: int
    what: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps of one phone. It stays small however often the phone asks."""

    moments: Mapping[Step, Moment] = field(default_factory=dict)

    def noted(self, step: Step, now_s: float, what: str = "") -> Timeline:
        """The timeline with this step seen now; `what` is cut to 80 characters."""
        before = self.moments.get(step)
        first, count = (before.first_s, before.count) if before else (now_s, 0)
        moment = Moment(first, now_s, count + 1, what[:MAX_WHAT])
        return replace(self, moments={**self.moments, step: moment})

    @property
    def furthest(self) -> Step | None:
        """The last step in their order, whatever came before it was seen or not."""
        return next((step for step in reversed(_ORDER) if step in self.moments), None)

    @property
    def began_s(self) -> float:
        """When the phone was first seen at all; 0 where it was not."""
        return min((moment.first_s for moment in self.moments.values()), default=0.0)

    def has_reached(self, step: Step) -> bool:
        """Whether it was seen at this step or a later one."""
        furthest = self.furthest
        return furthest is not None and _ORDER.index(furthest) >= _ORDER.index(step)

    def after(self, earlier: Timeline) -> Timeline:
        """This timeline with those steps of an earlier one that it lacks."""
        return Timeline({**earlier.moments, **self.moments})

    @property
    def steps(self) -> tuple[tuple[Step, Moment], ...]:
        """Each step that was seen, in their order."""
        return tuple((step, self.moments[step]) for step in _ORDER if step in self.moments)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a phone probably goes no further, and what helps."""

    cause: str
    fix: str


_PATIENCE_S = {Step.JOINED: 15.0, Step.LEASE: 20.0, Step.DNS: 20.0, Step.PROBE: 30.0, Step.PAGE: 180.0, Step.PAID: 60.0}
"""How long a phone may stay at a step before something is likely wrong."""

_BUSY = frozenset({Step.PAGE, Step.PAID})  # who repeats these does something; who repeats the others only waits

_STOPS = {
    Step.JOINED: Stop(
        "It asks for no address: it may have a fixed one from another network.",
        "Let it forget this Wi-Fi and join again with the first code.",
    ),
    Step.LEASE: Stop(
        "It asks for no names: a VPN or a fixed DNS server keeps it away from the box.",
        "Turn the VPN off, or scan the second code: it needs no name.",
    ),
    Step.DNS: Stop(
        "It asks for names and opens nothing: Private DNS or a VPN is likely.",
        "Scan the second code, or open the address under it. If that fails, turn Private DNS or the VPN off.",
    ),
    Step.PROBE: Stop(
        "It looked for internet and opened no page.",
        "Scan the second code with this phone’s camera.",
    ),
    Step.PAGE: Stop(
        "It has a page open and no claim: not paid, or the number is not typed yet.",
        "Take the payment, then let them type the number on the screen.",
    ),
    Step.PAID: Stop(
        "The download is not whole: it broke off, or was not begun.",
        "Let them tap Download again: it goes on where it stopped.",
    ),
}

_PROBE_STOPS = {
    System.ANDROID: Stop(
        "Its sign-in notice was not tapped.",
        "Tap “Sign in to network” in the notifications; without one, tap the Wi-Fi’s name in the settings.",
    ),
    System.FIREOS: Stop("Its sign-in notice was not tapped.", "Tap “Sign in to network” in the notifications."),
    System.WINDOWS: Stop(
        "Its browser did not open by itself.", "Open the address under the second code in any browser."
    ),
    System.LINUX: Stop(
        "Its sign-in window was closed or did not open.", "Open the address under the second code in any browser."
    ),
}
_QUIET_APPLE = Stop(
    "It joined quietly, as set: no sheet opens.", "Scan the second code with the camera: it opens Safari."
)
_POPUP_APPLE = Stop(
    "Apple’s sheet was closed or did not open, as since iOS 26.", "Scan the second code with the camera."
)
_SIGN_IN_WINDOW = Stop(
    "The download is not whole. An Android downloads in its sign-in window, and stops when that is closed.",
    "Let them tap the sign-in notice again, type the code of the claim, and keep the window open. If that fails: tap ⋮ "
    "there and “Use this network as is”, then download in the browser.",
)


def stops() -> list[Stop]:
    """All that can be said, for whoever translates it."""
    return [*_STOPS.values(), *_PROBE_STOPS.values(), _QUIET_APPLE, _POPUP_APPLE, _SIGN_IN_WINDOW]


def where_it_stopped(timeline: Timeline, system: System | None, now_s: float, apple: Apple) -> Stop | None:
    """Why the phone goes no further; None while it goes on, and when it has everything."""
    step = timeline.furthest
    if step is None or step is Step.DELIVERED:
        return None
    moment = timeline.moments[step]
    since = moment.last_s if step in _BUSY else moment.first_s
    if now_s - since < _PATIENCE_S[step]:
        return None
    if step is Step.PROBE:
        return _at_the_probe(system, apple)
    if step is Step.PAID and system is System.ANDROID:
        return _SIGN_IN_WINDOW
    return _STOPS[step]


def _at_the_probe(system: System | None, apple: Apple) -> Stop:
    if system is System.APPLE:
        return _QUIET_APPLE if apple is Apple.QUIET else _POPUP_APPLE
    return _STOPS[Step.PROBE] if system is None else _PROBE_STOPS.get(system, _STOPS[Step.PROBE])
