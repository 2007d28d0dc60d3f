"""What the ledger's tables remember of the clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from appliance.core.clock import Kept, Quality, Word
from appliance.store import clock
from appliance.store.ledger import Book
from tests.organizer import DAY, NOW
from tests.store.books import BOOT, note, opened, stamp

TRUST = Word("paper:trust", Quality.SIGNED, NOW + 900 * DAY)
RESET = Word("reset:4", Quality.SIGNED, NOW - 900 * DAY)


async def test_every_commit_keeps_the_moment(tmp_path: Path) -> None:
    """The last moment committed is what a start begins from, whole."""
    path = tmp_path / "ledger.db"
    assert clock.read(path) is None
    async with opened(tmp_path) as opening:
        await opening.ledger.record(note, stamp(1_000))
        last = replace(stamp(5_000, lo=NOW + 50), hi=NOW + 60, quality=Quality.RTC)
        await opening.ledger.record(note, last)
    assert clock.read(path) == Kept(last, NOW + 50, None, ())


async def test_what_was_refused_leaves_no_moment(tmp_path: Path) -> None:
    """A work that changes nothing writes nothing, the floor included."""
    async with opened(tmp_path) as opening:
        await opening.ledger.record(note, stamp(1_000))
        await opening.ledger.record(lambda _book: None, stamp(9_000, lo=NOW + 50))
    kept = clock.read(tmp_path / "ledger.db")
    assert kept is not None
    assert kept.last.lo == NOW


async def test_the_last_sure_lo_stays(tmp_path: Path) -> None:
    """The last lo of quality phone or better outlives commits of worse quality."""
    async with opened(tmp_path) as opening:
        await opening.ledger.record(note, replace(stamp(1_000), hi=NOW + 240, quality=Quality.PHONE))
        await opening.ledger.record(note, stamp(2_000, lo=NOW + DAY))
    kept = clock.read(tmp_path / "ledger.db")
    assert kept is not None
    assert (kept.last.lo, kept.sure_lo) == (NOW + DAY, NOW)


async def test_remember(tmp_path: Path) -> None:
    """Limits and questions are replaced by the newest; a reset also forgets the last sure lo."""

    def first(book: Book) -> None:
        clock.remember(book.db, book.at, None, NOW, [TRUST])

    def then(book: Book) -> None:
        clock.remember(book.db, book.at, None, NOW - DAY, [TRUST, RESET])

    async with opened(tmp_path) as opening:
        await opening.ledger.record(first, replace(stamp(), hi=NOW + 9, quality=Quality.NTP))
        kept = clock.read(tmp_path / "ledger.db")
        assert kept is not None
        assert (kept.sure_lo, kept.root_issued, kept.asked) == (NOW, NOW, (TRUST,))
        await opening.ledger.record(then, stamp(lo=NOW - DAY))
    kept = clock.read(tmp_path / "ledger.db")
    assert kept is not None
    assert (kept.sure_lo, kept.root_issued, kept.asked) == (None, NOW - DAY, (TRUST, RESET))
    assert kept.last == stamp(lo=NOW - DAY)


async def test_marks(tmp_path: Path) -> None:
    """The highest clock-reset that was heard, and the boot in which a window was confirmed."""

    def mark(book: Book) -> None:
        clock.heard_reset(book.db, book.at, 3)
        clock.heard_reset(book.db, book.at, 2)
        clock.confirm_window(book.db, book.at)

    async with opened(tmp_path) as opening:
        await opening.ledger.record(mark, stamp())
        row = opening.ledger._db.execute("select reset_n, window_boot from clock").fetchone()
    assert row == (3, BOOT)


def test_a_damaged_ledger_has_no_clock(tmp_path: Path) -> None:
    """What cannot be read is no floor; opening the ledger says what is wrong."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"\xa5" * 8192)
    assert clock.read(path) is None
