"""The ledger of an adopted box: replayed from a mirror into a new file, then gone on with in a new incarnation.

FORMATS §5. Which numbers may have been sold since the mirror's last word is decided here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from appliance.core.clock import Stamp
from appliance.core.keys import PrivateKey
from appliance.core.merkle import Tree
from appliance.core.tlog import Checkpoint, origin, sign_checkpoint
from appliance.store import database, numbers
from appliance.store.ledger import State
from appliance.store.mirror.reading import Incarnation
from appliance.store.opening import begin_boot, begin_incarnation
from appliance.store.recovery import Restart
from appliance.store.replay import Drop, Replay
from appliance.store.second import Head, SecondPlace
from appliance.store.unsaid import Key, Unsaid


def replay(
    path: Path,
    key: PrivateKey,
    logs: Sequence[Incarnation],
    drops: Mapping[str, Drop],
    unsaid: Unsaid,
    frozen: Mapping[Key, Mapping[str, bytes]],
) -> None:
    """Makes the ledger in `path`, which must not be there, out of what a mirror proves. PaperError, sqlite3.Error."""
    with contextlib.closing(database.open_writer(path)) as db:
        db.execute("begin immediate")
        work = Replay(db, key, drops, unsaid)
        for log in logs:
            work.incarnation(log.number, log.entries, log.leaves)
        work.finish(frozen)
        db.execute("commit")


def highest_in_doubt(logs: Sequence[Incarnation], second: Head | None) -> dict[str, int]:
    """The highest number, by drop id, that may have been sold beyond what is proved, as far as leaves and slots tell.

    Empty where they tell of nothing beyond: a free number that is proved to be free was not sold.
    """
    highest = dict(second.highest) if second is not None and not _is_proved(logs, second) else {}
    for entry in (entry for log in logs for entry in log.doubtful):
        number, drop = entry.fields.get("number"), str(entry.fields.get("drop"))
        if entry.type == "sale" and isinstance(number, int):
            highest[drop] = max(number, highest.get(drop, 0))
    return highest


def _is_proved(logs: Sequence[Incarnation], second: Head) -> bool:
    return any(log.number == second.incarnation and len(log.leaves) >= second.size for log in logs)


def go_on(
    path: Path,
    second: Path,
    key: PrivateKey,
    last: Head,
    blocked: Mapping[str, tuple[int, int]],
    at: Stamp,
    draw: Callable[[], int],
) -> tuple[bytes, str]:
    """Begins the new incarnation after `last`: its restart leaf, and the checkpoint over that alone."""
    place = SecondPlace(second)
    with contextlib.closing(database.open_writer(path)) as db, contextlib.closing(place):
        highest = numbers.highest_sold(db)
        state = State(draw(), Tree(), highest, begin_boot(db, at))
        begin_incarnation(db, key, Restart("adopted", last, dict(blocked)), at, state)
        head = Head(state.incarnation, state.tree.size, state.tree.root(), highest)
        place.write(head)
        query = "select leaf from entries where incarnation = ? and seq = 0"
        leaf: bytes = db.execute(query, (state.incarnation,)).fetchone()[0]
    note = Checkpoint(origin(key.public.id, head.incarnation), head.size, head.root)
    return leaf, sign_checkpoint(note, key.sign, key.public.raw)
