"""What is said when the disk refuses the ledger: that it is full, cannot be written or read, what is not certain."""

from __future__ import annotations

import errno
import sqlite3

from appliance.errors import StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_UNSYNCED = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})
_OF_DISK = frozenset(
    {
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL),
    }
)


def is_of_disk(error: sqlite3.Error) -> bool:
    """Whether the disk is at fault, not the question. A read that fails is damage to SQLite (SQLITE_CORRUPT)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_DISK


def is_unsynced(error: Exception) -> bool:
    """Whether a commit was written whole and only its sync failed: a restart may find it."""
    return getattr(error, "sqlite_errorcode", None) in _UNSYNCED


def is_blocked(refused: StoreError) -> bool:
    """Whether the ledger waited in vain for whoever holds it, and so is no fault of the disk."""
    cause = refused.__cause__
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def not_written(error: Exception, *, is_certain: bool) -> StoreError:
    """`not-ready` for everybody in the group. Not `is_certain`: a restart may find it recorded all the same."""
    if _is_full(error):
        text = "The disk is full: make room. Nothing was sold; try again."
    elif is_certain:
        text = f"The ledger cannot be written ({error}): look at the card. Nothing was sold; try again."
    else:
        text = f"The ledger cannot be written ({error}). Look at the last sales before you repeat it, and at the card."
    return _because(error, text)


def not_read(error: Exception) -> StoreError:
    """`not-ready` for whoever only looks."""
    return _because(error, f"The ledger cannot be read ({error}): look at the card, then try again.")


def not_in_second_place(error: OSError) -> StoreError:
    """`not-ready` for what the ledger holds already."""
    text = f"This is recorded, but not in the second place ({error}). Look at the last sales before you repeat it."
    return _because(error, text)


def not_on_mirror(error: Exception) -> StoreError:
    """`not-ready` for what the ledger holds already."""
    text = f"This is recorded, but not on the mirror stick ({error}). Look at the last sales before you repeat it."
    return _because(error, text)


def mirror_missing() -> StoreError:
    """`not-ready` for what is not recorded: the stall owner is asked."""
    text = "The mirror stick is missing. Put it back, or tap “Go on without” on the console. Nothing was sold."
    return StoreError("not-ready", text, status_hint=409)


def _is_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _FULL


def _because(cause: Exception, text: str) -> StoreError:
    refusal = StoreError("not-ready", text)
    refusal.__cause__ = cause
    return refusal
