"""The box in numbers, as Prometheus reads them (text exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.core.status import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One family: its kind (`gauge` or `counter`), what it counts, and values by label."""

    name: str
    kind: str
    help: str
    values: Sequence[tuple[str, float]]  # label text such as `{drop="x"}` or empty, value

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for label, value in self.values:
            yield f"{self.name}{label} {value:g}" if value % 1 else f"{self.name}{label} {int(value)}"


def metrics(status: Status) -> str:
    """All that the status says in numbers."""
    return "\n".join(line for metric in _metrics(status) for line in metric.lines()) + "\n"


def _metrics(status: Status) -> list[Metric]:
    drops = [(f'{{drop="{drop.slug}"}}', drop) for drop in status.drops]
    interval = [("lo", status.clock.lo)] + ([("hi", status.clock.hi)] if status.clock.hi is not None else [])
    return [
        Metric("stallbox_sold", "gauge", "Copies sold and not void.", [(label, drop.sold) for label, drop in drops]),
        Metric("stallbox_burnt", "gauge", "Numbers void and not sold again.", [(at, drop.burnt) for at, drop in drops]),
        Metric("stallbox_blocked", "gauge", "Numbers that wait for an answer.", [(at, d.blocked) for at, d in drops]),
        Metric(
            "stallbox_left",
            "gauge",
            "Numbers that can still be sold here.",
            [(label, drop.left) for label, drop in drops if drop.left is not None],
        ),
        Metric("stallbox_log_entries", "gauge", "Entries of the present incarnation.", [("", status.size)]),
        Metric("stallbox_unsynced_entries", "gauge", "Entries nobody acknowledged.", [("", status.unsynced.count)]),
        Metric("stallbox_unsynced_oldest_seconds", "gauge", "Age of the oldest.", [("", status.unsynced.oldest_s)]),
        Metric("stallbox_faults", "gauge", "Faults that the screen shows.", [("", len(status.faults))]),
        Metric(
            "stallbox_clock_seconds",
            "gauge",
            "The interval in which the time lies, Unix seconds.",
            [(f'{{end="{end}"}}', value) for end, value in interval],
        ),
        Metric("stallbox_clock_quality", "gauge", "What the clock rests on.", [(_quality(status), 1)]),
    ]


def _quality(status: Status) -> str:
    return f'{{quality="{status.clock.quality}"}}'
