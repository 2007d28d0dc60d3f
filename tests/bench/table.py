"""The one table that the bench prints: what was measured, what was aimed at, met or not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

_LINE = "{:<62} {:<40} {:<12} {}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `met` is None where nothing is aimed at, or where it could not be measured."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None


def at_most(what: str, value: float, aim: float, unit: str, note: str = "") -> Row:
    """A value that should not be above `aim`; shown with three digits."""
    return Row(what, _shown(value, unit, note), f"≤ {aim:g}{unit}", value <= aim)


def at_least(what: str, value: float, aim: float, unit: str, note: str = "") -> Row:
    """A value that should not be below `aim`; shown with three digits."""
    return Row(what, _shown(value, unit, note), f"≥ {aim:g}{unit}", value >= aim)


def below(what: str, value: float, aim: float, unit: str, note: str = "") -> Row:
    """A value that should be less than `aim`; shown with three digits."""
    return Row(what, _shown(value, unit, note), f"< {aim:g}{unit}", value < aim)


def plain(what: str, value: float, unit: str, note: str = "") -> Row:
    """A value that nothing is aimed at."""
    return Row(what, _shown(value, unit, note))


def not_measured(what: str, reason: str) -> Row:
    """A row that says why it is empty, and what to do about it."""
    return Row(what, f"not measured: {reason}")


def _shown(value: float, unit: str, note: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}{unit}" + (f" ({note})" if note else "")


def print_head() -> None:
    """How busy the machine was before, and the titles of the columns."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start (near 0 on a quiet machine)")
    print(_LINE.format("what, median of five", "measured", "aim", "").rstrip(), flush=True)


def print_rows(rows: Iterable[Row]) -> None:
    """Each row as soon as it is there."""
    for row in rows:
        verdict = "" if row.met is None else "met" if row.met else "NOT MET"
        print(_LINE.format(row.what, row.measured, row.aim, verdict).rstrip(), flush=True)
