"""The way of a day's phones from joining to their files: how many got how far, and how long each stretch took.

Knows timelines and sums. It says nothing of single phones and goes into no entry.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.core.probes import System
from appliance.core.timeline import Step, Timeline

Stay = tuple[System | None, Timeline]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the phones that were seen at both ends of a stretch: half were as quick, and nine of ten. Whole seconds."""

    median_s: int
    p90_s: int

    def answer(self) -> dict[str, int]:
        return {"median": self.median_s, "p90": self.p90_s}


@dataclass(frozen=True, slots=True)
class Way:
    """Phones that got at least so far: one that came straight to its claim has passed the pages as well.

    A spread is None where no phone was seen at both ends. `to_page` begins with the first sign of a phone.
    """

    joined: int
    page: int
    paid: int
    files: int
    to_page: Spread | None
    to_paid: Spread | None
    to_files: Spread | None

    def answer(self) -> dict[str, object]:
        spreads = {"to_page_s": self.to_page, "to_paid_s": self.to_paid, "to_files_s": self.to_files}
        counts = {"joined": self.joined, "page": self.page, "paid": self.paid, "files": self.files}
        return counts | {name: spread.answer() if spread else None for name, spread in spreads.items()}


@dataclass(frozen=True, slots=True)
class Funnel:
    """`by_system`: the most frequent first; phones that never said what they are stand under None, last."""

    all: Way
    by_system: tuple[tuple[System | None, Way], ...]

    def answer(self) -> dict[str, object]:
        """As commands print it and files hold it; times in seconds."""
        rows = [{"system": system.value if system else None, **way.answer()} for system, way in self.by_system]
        return {"all": self.all.answer(), "by_system": rows}


def funnel(stays: Iterable[Stay]) -> Funnel:
    """The funnel of these stays; a stay in which nothing was seen does not count."""
    by_system: dict[System | None, list[Timeline]] = defaultdict(list)
    for system, timeline in stays:
        if timeline.moments:
            by_system[system].append(timeline)
    rows = sorted(by_system.items(), key=lambda row: (row[0] is None, -len(row[1]), row[0] or ""))
    return Funnel(
        all=_way([timeline for _, timelines in rows for timeline in timelines]),
        by_system=tuple((system, _way(timelines)) for system, timelines in rows),
    )


def _way(timelines: Sequence[Timeline]) -> Way:
    return Way(
        joined=len(timelines),
        page=_reached(timelines, Step.PAGE),
        paid=_reached(timelines, Step.PAID),
        files=_reached(timelines, Step.DELIVERED),
        to_page=_spread(_first(timeline, Step.PAGE, timeline.began_s) for timeline in timelines),
        to_paid=_spread(_between(timeline, Step.PAGE, Step.PAID) for timeline in timelines),
        to_files=_spread(_between(timeline, Step.PAID, Step.DELIVERED) for timeline in timelines),
    )


def _reached(timelines: Iterable[Timeline], step: Step) -> int:
    return sum(timeline.has_reached(step) for timeline in timelines)


def _between(timeline: Timeline, start: Step, end: Step) -> float | None:
    began = timeline.moments.get(start)
    return None if began is None else _first(timeline, end, began.first_s)


def _first(timeline: Timeline, step: Step, since_s: float) -> float | None:
    moment = timeline.moments.get(step)
    return None if moment is None or moment.first_s < since_s else moment.first_s - since_s


def _spread(times: Iterable[float | None]) -> Spread | None:
    known = sorted(time for time in times if time is not None)
    if not known:
        return None
    return Spread(round(statistics.median(known)), round(known[math.ceil(0.9 * len(known)) - 1]))
