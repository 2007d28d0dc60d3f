"""What the clock must remember over a restart, beside the entries. Functions of an open transaction but for `read`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from appliance.core.clock import Kept, Quality, Stamp, Word

KEPT = "select lo, hi, quality, boot, boottime_ms, sure_lo, root_issued from clock"


def read(path: Path) -> Kept | None:
    """What the ledger in `path` has kept; None where there is none that can be read: opening it says so."""
    if not path.exists():
        return None
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            if db.execute("pragma user_version").fetchone()[0] == 1:  # read before the ledger is brought up
                row = db.execute("select lo, null, 'floor', '', 0, null, null from floor").fetchone()
                asked = []
            else:
                row = db.execute(KEPT).fetchone()
                asked = db.execute("select source, lo from clock_questions order by source").fetchall()
        finally:
            db.close()
    except sqlite3.DatabaseError:
        return None
    if row is None:
        return None
    last = Stamp(row[0], row[1], Quality(row[2]), row[3], row[4])
    return Kept(last, row[5], row[6], tuple(Word(source, Quality.SIGNED, lo) for source, lo in asked))


def note(db: sqlite3.Connection, at: Stamp) -> None:
    """The last moment that was committed: the floor, the last lo of quality `phone` or better, how long it ran."""
    db.execute(
        "insert into clock (only, lo, hi, quality, boot, boottime_ms, sure_lo) values (1, ?, ?, ?, ?, ?, ?)"
        " on conflict (only) do update set lo = excluded.lo, hi = excluded.hi, quality = excluded.quality,"
        " boot = excluded.boot, boottime_ms = excluded.boottime_ms, sure_lo = coalesce(excluded.sure_lo, sure_lo)",
        (at.lo, at.hi, at.quality.value, at.boot, at.boottime_ms, at.lo if at.quality.is_sure else None),
    )
    db.execute("update running set last_ms = max(last_ms, ?) where boot = ?", (at.boottime_ms, at.boot))


def remember(
    db: sqlite3.Connection, at: Stamp, sure_lo: int | None, root_issued: int | None, asked: Sequence[Word]
) -> None:
    """What later words are judged by, and what the stall owner is still asked about."""
    note(db, at)
    if not at.quality.is_sure:
        db.execute("update clock set sure_lo = ?", (sure_lo,))
    db.execute("update clock set root_issued = ?", (root_issued,))
    db.execute("delete from clock_questions")
    db.executemany("insert into clock_questions values (?, ?)", [(word.source, word.lo) for word in asked])


def confirm_window(db: sqlite3.Connection, at: Stamp) -> bool:
    """The stall owner has said in this boot that an uncertain window is open; whether that is news."""
    note(db, at)
    return db.execute("update clock set window_boot = ? where window_boot is not ?", (at.boot, at.boot)).rowcount == 1


def heard_reset(db: sqlite3.Connection, at: Stamp, n: int) -> None:
    """The clock has heard of this clock-reset; only a higher one is heard again."""
    note(db, at)
    db.execute("update clock set reset_n = max(reset_n, ?)", (n,))
