"""The collector in numbers, as Prometheus reads them (text exposition format 0.0.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provisioning.collector import books, evidence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One family: what it is, and values by label text such as `{box="x"}`, or empty."""

    name: str
    help: str
    values: Sequence[tuple[str, int]]

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for label, value in self.values:
            yield f"{self.name}{label} {value}"


def metrics(db: sqlite3.Connection) -> str:
    """All that is held, in numbers; boxes by their ids."""
    return "\n".join(line for gauge in _gauges(db) for line in gauge.lines()) + "\n"


def _gauges(db: sqlite3.Connection) -> list[Gauge]:
    sold = sorted(_sold(db).items())
    logs = [(f'{{box="{log.box}",incarnation="{log.incarnation}"}}', log) for log in books.logs(db)]
    return [
        Gauge("stallbox_collector_sales", "Sales that were not voided.", [(at, count) for at, (count, _) in sold]),
        Gauge(
            "stallbox_collector_paid_minor_units",
            "What they brought in before refunds.",
            [(at, paid) for at, (_, paid) in sold],
        ),
        Gauge("stallbox_collector_held", "Entries from 0 without a gap.", [(at, log.held) for at, log in logs]),
        Gauge("stallbox_collector_cosigned", "Entries acknowledged.", [(at, log.cosigned) for at, log in logs]),
        Gauge("stallbox_collector_gaps", "Known gaps.", [(at, len(log.missing)) for at, log in logs]),
        Gauge(
            "stallbox_collector_forked", "1: two histories were signed.", [(at, int(log.is_forked)) for at, log in logs]
        ),
        Gauge("stallbox_collector_heard_seconds", "Last batch, Unix seconds.", [(at, log.heard) for at, log in logs]),
        Gauge("stallbox_collector_owed", "Payments without copy or refund.", [("", len(books.owed(db)))]),
        Gauge("stallbox_collector_cases", "Cases that wait for an answer.", [("", evidence.waiting(db))]),
        Gauge("stallbox_collector_contacts", "Buyers who agreed.", [("", books.agreed(db))]),
    ]


def _sold(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Count and money by labels. Every value has a form of its own (FORMATS §5) that needs no escapes here."""
    found: dict[str, tuple[int, int]] = {}
    for cell in books.cells(db):
        offer = f'box="{cell.box}",drop="{cell.drop}",price="{cell.price}"'
        labels = f'{{{offer},method="{cell.method}",currency="{cell.currency}"}}'
        count, paid = found.get(labels, (0, 0))
        found[labels] = (count + cell.count, paid + cell.paid)
    return found
