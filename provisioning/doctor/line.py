"""One line of what the doctor says: what it looked at, how that is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"  # the stall can sell, but should know
    FAIL = "fail"  # a stall that opens like this will have trouble


@dataclass(frozen=True, slots=True)
class Line:
    """`fix`: one sentence; empty only where all is well."""

    about: str
    level: Level
    text: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        return {"about": self.about, "level": self.level.value, "text": self.text, "fix": self.fix}


def ok(about: str, text: str) -> Line:
    return Line(about, Level.OK, text)


def warn(about: str, text: str, fix: str) -> Line:
    return Line(about, Level.WARN, text, fix)


def fail(about: str, text: str, fix: str) -> Line:
    return Line(about, Level.FAIL, text, fix)
