"""Whose turn it is on the screen: what interrupts, what was asked for, else pages in a round; and when that changes.

Driven by the status alone, its `boottime_ms` included; what holds when stands in `pages`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from appliance.core.pace import Pace
from appliance.core.status import Status
from appliance.screens import pages
from appliance.screens.pages import Page, Turn, Viewer, waiting


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Milliseconds that a page for buyers and one for the stall owner stay, and that pass between two of the latter."""

    front: int
    reminder: int
    between: int


RHYTHMS = {
    Pace.LIGHT: Rhythm(front=12_000, reminder=8_000, between=120_000),
    Pace.INK: Rhythm(front=30_000, reminder=20_000, between=600_000),
    Pace.SLOW: Rhythm(front=300_000, reminder=180_000, between=3_600_000),
}
ANYBODY = Viewer()


def turn(status: Status, viewer: Viewer = ANYBODY) -> Turn:
    """The page whose turn it is at `status.boottime_ms`."""
    found = _interrupt(status, viewer)
    if found is not None:
        return Turn(found)
    if _is_kept(status, viewer):
        return _asked_for(status, viewer)
    return _in_round(status, viewer, status.boottime_ms)[0]


def next_change_ms(status: Status, viewer: Viewer = ANYBODY) -> int | None:
    """The CLOCK_BOOTTIME at which the page may change by itself; None if it stays until the status changes."""
    found = _interrupt(status, viewer)
    ends = _ends(status, found)
    if _is_kept(status, viewer):
        ends.append(status.scene.turned.until_ms)
        ends += [end for page in _left(status, viewer) for end in _ends(status, page)]
    elif found is None:
        ends += [_in_round(status, viewer, status.boottime_ms)[1]]
    return min((end for end in ends if end is not None), default=None)


def _interrupt(status: Status, viewer: Viewer) -> Page | None:
    """What takes the screen. Claims and a stick let it go while another page was asked for."""
    found = pages.first(pages.INTERRUPTS, status, viewer)
    if found is None or found not in _left(status, viewer):
        return found
    rest = tuple(rule for rule in pages.INTERRUPTS if rule[0] not in _left(status, viewer))
    return pages.first(rest, status, viewer)


def _left(status: Status, viewer: Viewer) -> tuple[Page, ...]:
    """The interrupts that *next* has left; a sale since then comes back."""
    if not _is_kept(status, viewer):
        return ()
    left = []
    claims = waiting(status)
    if claims and all(claim.since_ms <= status.scene.turned.at_ms for claim in claims):
        left.append(Page.CLAIMS)
    if pages.is_about_stick(status):
        left.append(Page.STICK)
    return tuple(left)


def _is_kept(status: Status, viewer: Viewer) -> bool:
    """Whether a page that was asked for stays; a slow display could not show it in time."""
    return viewer.pace is not Pace.SLOW and status.boottime_ms < status.scene.turned.until_ms


def _asked_for(status: Status, viewer: Viewer) -> Turn:
    """As many pages further as *next* was pressed, from the one that was shown when it was pressed first."""
    turned = status.scene.turned
    left = tuple(Turn(page) for page in _left(status, viewer))
    choices = tuple(dict.fromkeys((*left, *pages.on_request(status, viewer))))
    shown = choices[0] if left else _in_round(status, viewer, turned.since_ms)[0]
    return choices[(choices.index(shown) + turned.presses) % len(choices)]


def _in_round(status: Status, viewer: Viewer, at_ms: int) -> tuple[Turn, int | None]:
    """The page of the round at `at_ms`, and when the next one follows; None where there is one page only."""
    stays = _round(status, viewer)
    if len(stays) == 1:
        return stays[0][0], None
    ends = tuple(itertools.accumulate(length for _, length in stays))
    begin = at_ms - at_ms % ends[-1]
    return next((shown, begin + end) for (shown, _), end in zip(stays, ends, strict=True) if at_ms < begin + end)


def _round(status: Status, viewer: Viewer) -> tuple[tuple[Turn, int], ...]:
    """Pages with how long each stays, in ms: buyers' pages over and over, now and then one for the stall owner."""
    rhythm = RHYTHMS[viewer.pace]
    fronts = tuple((shown, rhythm.front) for shown in pages.fronts(status, viewer))
    notes = pages.reminders(status, viewer)
    times = max(1, round(rhythm.between / (rhythm.front * len(fronts))))
    between = fronts * times if len(fronts) > 1 else ((fronts[0][0], rhythm.between),)
    return tuple(stay for note in notes for stay in (*between, (note, rhythm.reminder))) or fronts


def _ends(status: Status, page: Page | None) -> list[int | None]:
    """When what the page shows is over."""
    scene = status.scene
    if page is Page.CLAIMS:
        return [claim.until_ms for claim in waiting(status)]
    if page is Page.PAIRING:
        return [scene.invitation.until_ms if scene.invitation else None]
    if page is Page.TEST:
        return [scene.tested_until_ms]
    if page is Page.STICK:
        return [scene.stick.until_ms if scene.stick else None]
    return []
