"""The doctor's lines for people: a mark and a word for how it is, the fix under what needs one."""

from __future__ import annotations

from collections.abc import Sequence

from provisioning.doctor.line import Level, Line

_MARKS = {Level.OK: "✓ ok", Level.WARN: "! look", Level.FAIL: "✗ fix"}
_MARK_WIDTH = max(map(len, _MARKS.values()))


def table(lines: Sequence[Line]) -> str:
    """One line each, what is to be done under it, and at the end what it comes to."""
    width = max(len(line.about) for line in lines)
    printed = []
    for line in lines:
        printed.append(f"{_MARKS[line.level]:<{_MARK_WIDTH}}  {line.about:<{width}}  {line.text}")
        if line.fix:
            printed.append(" " * (_MARK_WIDTH + width + 4) + f"→ {line.fix}")
    return "\n".join([*printed, "", _sum(lines)])


def _sum(lines: Sequence[Line]) -> str:
    levels = [line.level for line in lines]
    fails, looks = levels.count(Level.FAIL), levels.count(Level.WARN)
    if not fails and not looks:
        return "All is well."
    found = [f"{fails} to fix" if fails else "", f"{looks} to look at" if looks else ""]
    return f"{', '.join(filter(None, found))}; the rest is well."
