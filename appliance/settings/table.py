"""One table of stallbox.toml, read with every fault noted instead of stopping at the first.

Knows TOML's types and how to say what is wrong; knows no setting.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class Table:
    """Reads one table of the file and notes every fault instead of stopping at the first."""

    def __init__(self, table: Mapping[str, object], where: str, faults: list[str]) -> None:
        self._table = table
        self._where = where
        self._faults = faults
        self._known: set[str] = set()

    def text(self, name: str, default: str | None, pattern: re.Pattern[str], hint: str) -> str:
        value = self._get(name, default)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        return self._fault(name, value, hint, default or "")

    def optional(self, name: str, pattern: re.Pattern[str], hint: str) -> str | None:
        return None if self._get(name, None) is None else self.text(name, None, pattern, hint)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self._get(name, default)
        if isinstance(value, str) and value in choices:
            return value
        return self._fault(name, value, "one of " + ", ".join(choices), default)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self._get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        return self._fault(name, value, f"a whole number from {low} to {high}", default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._get(name, default)
        return value if isinstance(value, bool) else self._fault(name, value, "true or false", default)

    def given(self, name: str) -> bool:
        return name in self._table

    def refuse(self, name: str, why: str) -> None:
        """Notes what no single value shows; `why` continues a sentence that begins with the setting."""
        self._known.add(name)
        self._faults.append(f"{self._where}{name} {why}")

    def raw(self, name: str) -> object:
        """What is written there, unread; None where nothing is."""
        return self._get(name, None)

    def table(self, name: str) -> Table:
        value = self._get(name, {})
        if not isinstance(value, dict):
            value = self._fault(name, value, "a table", {})
        return Table(value, f"{self._where}{name}.", self._faults)

    def tables(self, name: str) -> list[Table]:
        value = self._get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            value = self._fault(name, value, f"tables, each headed [[{name}]]", [])
        return [Table(item, f"{self._where}{name}.", self._faults) for item in value]

    def close(self) -> None:
        """Reports what nobody asked for, with the likely name."""
        for name in self._table.keys() - self._known:
            near = difflib.get_close_matches(name, self._known, 1)
            hint = f" Did you mean {near[0]}?" if near else " Remove it."
            self._faults.append(f"{self._where}{name} is not a setting.{hint}")

    def _get(self, name: str, default: object) -> object:
        self._known.add(name)
        return self._table.get(name, default)

    def _fault(self, name: str, value: object, hint: str, default: T) -> T:
        said = "is missing" if value is None else f"is {value!r}"
        self._faults.append(f"{self._where}{name} {said}; it must be {hint}.")
        return default
