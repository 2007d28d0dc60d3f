"""A box in the hands of a state machine: it is restarted, rebooted, restored, and told any time.

Remembers beside the box what truly happened, also what a restored ledger has forgotten.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from appliance.core.allotment import ranges_of
from appliance.core.documents import digest
from appliance.errors import StallboxError
from appliance.premises import open_stall_in
from appliance.stall.copies import Sold
from appliance.stall.stall import Stall
from appliance.stall.timekeeping import note_clock
from tests.box import make_data
from tests.organizer import Drop, Organizer, key
from tests.stall.facts import Facts, TokenId, read_facts, states
from tests.stall.hardware import Hardware

T = TypeVar("T")
SIZE = 8
PRICES = [
    {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None},
    {"id": "print", "title": "With signed print", "amount": 2500, "hand_over": "the print", "stock": 2},
]
AMOUNTS = {"download": 800, "print": 2500}
BOX = key("box")
OTHER_BOX = key("another box").public.id
READERS = (key("issuer"), key("second reader"))
FORGOTTEN = 5  # the number whose certificate was left out of the pack


@dataclass
class Truth:
    """A sale that somebody was told of, whatever the box remembers."""

    sold: Sold
    token: TokenId | None
    is_returned: bool = False
    is_lost: bool = False
    is_accepted: bool = False  # by the stall owner, against the clock


@dataclass
class Backup:
    """The ledger as it was, and what it knew of numbers that were given up."""

    path: Path
    out: dict[int, int]


@dataclass
class World:
    """`out`: numbers given up, by how often epochs must have stated them before they may come back."""

    folder: Path
    organizer: Organizer
    drop: Drop
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    hardware: Hardware = field(default_factory=Hardware)
    truths: dict[str, Truth] = field(default_factory=dict)
    out: dict[int, int] = field(default_factory=dict)
    truly_out: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)  # the stall owner said that these were not sold
    epochs: list[frozenset[int]] = field(default_factory=lambda: [frozenset(range(1, 7))])
    allotments: list[bytes] = field(default_factory=list)
    stated: dict[int, int] = field(default_factory=dict)
    certified: set[int] = field(default_factory=lambda: set(range(1, 7)) - {FORGOTTEN})
    is_second_reader_listed: bool = True
    revoked: list[str] = field(default_factory=list)
    backup: Backup | None = None
    bundles: int = 0

    def __post_init__(self) -> None:
        self.allotments = [self.drop.allotment(**_table(self.epochs[0], {8}))]
        self.stack = contextlib.AsyncExitStack()
        self.stall: Stall

    @property
    def box(self) -> Path:
        return self.folder / "box"

    @property
    def ledger(self) -> Path:
        return self.box / "ledger.db"

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.runner.run(coroutine)

    def attempt(self, coroutine: Coroutine[object, object, T]) -> T | StallboxError:
        """What comes of it: a value, or the refusal."""
        try:
            return self.run(coroutine)
        except StallboxError as refusal:
            return refusal

    def start(self) -> None:
        self.stall, _ = self.run(
            self.stack.enter_async_context(open_stall_in(self.box, readings=self.hardware.readings))
        )

    def stop(self) -> None:
        self.run(self.stack.aclose())

    def close(self) -> None:
        self.stop()
        self.runner.close()
        shutil.rmtree(self.folder)

    def listen(self) -> None:
        """The clock hears the machine."""

        async def listen() -> None:
            self.stall.house.clock.read_system()
            await note_clock(self.stall.house)

        self.run(listen())

    def facts(self) -> Facts:
        async def read() -> list[tuple[int, list[bytes]]]:
            reader = self.stall.house.reader
            return [(one, await reader.leaves(one)) for one in await reader.incarnations()]

        return read_facts(self.run(read()))

    def states(self) -> dict[int, str]:
        return states(self.ledger, self.drop.id)

    def back_up(self) -> None:
        path = self.folder / "yesterday.db"
        path.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(self.ledger)) as db, contextlib.closing(sqlite3.connect(path)) as copy:
            db.backup(copy)
        self.backup = Backup(path, dict(self.out))

    def restore(self) -> None:
        """Puts the ledger of yesterday in the place of today's, as a careful person with a spare card does."""
        assert self.backup is not None
        self.stop()
        for path in self.box.glob("ledger.db*"):
            path.unlink()
        shutil.copy(self.backup.path, self.ledger)
        self.out = dict(self.backup.out)
        self._come_back()
        self.start()
        surviving = self.facts().sales
        for reference, truth in self.truths.items():
            truth.is_lost = reference not in surviving

    def bring(self, **given: object) -> None:
        """A stick with every trust document and allotment there is."""
        self.bundles += 1
        folder = self.drop.bundle(
            self.folder / f"stick-{self.bundles}",
            allotments=self.allotments,
            certificates=self.drop.certificates(sorted(self.certified)),
        )
        self.run(self.stall.papers.ingest(folder))

    def add_trust(self) -> None:
        """The next trust document, with the readers and revocations as they are now."""
        listed = READERS if self.is_second_reader_listed else READERS[:1]
        self.organizer.add_trust(**trust_fields(self.organizer, listed), revoked={"keys": [], "tokens": self.revoked})

    def next_epoch(self, back: frozenset[int]) -> None:
        """States what was given up and gives `back` numbers of the reserve."""
        last = self.epochs[-1]
        leaving = frozenset(self.truly_out) & last
        for number in leaving:
            self.stated[number] = self.stated.get(number, 0) + 1
        mine = (last - leaving) | back
        released = [{"box": BOX.public.id, "ranges": ranges_of(leaving), "entry": "1:1"}] if leaving else []
        table = _table(mine, set(range(1, SIZE + 1)) - mine - {7})
        previous = digest(_payload(self.allotments[-1]))
        self.allotments.append(
            self.drop.allotment(epoch=len(self.allotments) + 1, previous=previous, released=released, **table)
        )
        self.epochs.append(mine)
        self.truly_out -= back
        self.certified |= back
        self._come_back()

    def _come_back(self) -> None:
        """Numbers that the newest epoch gives again, after as many statements as were needed."""
        mine = self.epochs[-1]
        self.out = {n: need for n, need in self.out.items() if not (n in mine and self.stated.get(n, 0) >= need)}


def _table(mine: frozenset[int], reserve: set[int]) -> dict[str, object]:
    boxes = [{"box": BOX.public.id, "ranges": ranges_of(mine)}, {"box": OTHER_BOX, "ranges": [[7, 7]]}]
    return {"boxes": boxes, "reserve": ranges_of(reserve)}


def _payload(envelope: bytes) -> bytes:
    return base64.b64decode(json.loads(envelope)["payload"])


def trust_fields(organizer: Organizer, readers: tuple[object, ...]) -> dict[str, object]:
    """The organizer's trust document with these readers."""
    usual = organizer.trust_fields()["issuers"][0]
    issuers = [{**usual, "key": reader.public.did, "name": f"Reader {i}"} for i, reader in enumerate(readers, 1)]
    return {"issuers": issuers}


def open_world() -> World:
    """A box that sells, in memory where the machine has a file system for that."""
    shared = Path("/dev/shm")
    world = _new(Path(tempfile.mkdtemp(prefix="stallbox-", dir=shared if shared.is_dir() else None)))
    for name, data in _made().items():
        path = world.box / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
        path.chmod(0o600)
    world.start()
    return world


def _new(folder: Path) -> World:
    organizer = Organizer(folder)
    world = World(folder, organizer, organizer.drop(size=SIZE, files={"01-pier.jpg": b"pier" * 50}, prices=PRICES))
    world.add_trust()
    return world


@functools.cache
def _made() -> dict[str, bytes]:
    """The files of a box that has taken its bundle in."""
    with tempfile.TemporaryDirectory() as name:
        world = _new(Path(name))
        make_data(world.box, world.organizer)
        world.start()
        world.bring()
        world.stop()
        world.runner.close()
        return {str(path.relative_to(world.box)): path.read_bytes() for path in world.box.rglob("*") if path.is_file()}
