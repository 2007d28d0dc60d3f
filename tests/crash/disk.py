"""A disk that forgets: what may be left of files and names when the power goes before they were synced.

A change counts as durable once a sync that began after it has ended: of the file for its bytes and its length, of
the folder for its names. Everything else may be there or not, in any order, in sectors.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tests.crash.syscalls import Call, Moment

SECTORS = (512, 4096)


class Cut(Enum):
    """What the cut takes of that which was not synced."""

    DROPPED = "dropped"  # all of it
    TORN = "torn"  # what came after some moment, and a part of what was written at that moment
    REORDERED = "reordered"  # any of it, sector by sector; a file may be longer than what was written to it


@dataclass(eq=False, slots=True)
class Write:
    offset: int
    data: bytes


@dataclass(eq=False, slots=True)
class Length:
    size: int


@dataclass(eq=False, slots=True)
class Names:
    """Names that a folder gets or, with None, loses, all at once."""

    change: dict[str, File | Folder | None]


@dataclass(eq=False, slots=True)
class File:
    durable: bytearray = field(default_factory=bytearray)
    pending: dict[int, Write | Length] = field(default_factory=dict)  # by when they began


@dataclass(eq=False, slots=True)
class Folder:
    durable: dict[str, File | Folder] = field(default_factory=dict)
    live: dict[str, File | Folder] = field(default_factory=dict)
    pending: dict[int, Names] = field(default_factory=dict)


class Disk:
    """One folder and all below it, told of every call. What lies in `ignored` (names at any depth) is not kept."""

    def __init__(self, path: Path, ignored: Iterable[str] = ()) -> None:
        self.path = path
        self.root = Folder()
        self.syncs = 0  # that made something durable
        self._ignored = frozenset(ignored)
        self._open: dict[int, File | Folder] = {}
        self._position: dict[int, int] = {}
        self._turn = 0
        self._under_way: dict[int, tuple[int, ...]] = {}  # sync -> the changes that it covers
        self._unended: set[int] = set()
        self._turns: dict[int, int] = {}  # call -> its turn

    def is_about_to_sync(self, moment: Moment) -> bool:
        """Whether this is the end of a sync that makes something durable: the last moment to cut before it."""
        if not moment.has_ended or moment.call.name not in {"fsync", "fdatasync"}:
            return False
        return bool(moment.call.result == 0 and self._under_way.get(id(moment.call)))

    def take(self, moment: Moment) -> None:
        """Tells the disk what happened. AssertionError for a call whose meaning is not known here."""
        call = moment.call
        if call.result is not None and call.result < 0:
            return
        step = {
            "openat": self._opened,
            "write": self._written,
            "pwrite64": self._written,
            "ftruncate": self._cut_off,
            "fsync": self._synced,
            "fdatasync": self._synced,
            "rename": self._renamed,
            "unlink": self._removed,
            "unlinkat": self._removed,
            "rmdir": self._removed,
            "mkdir": self._made,
        }.get(call.name, self._not_ours)
        step(moment)

    def after(self, cut: Cut, chance: random.Random, folder: Path) -> None:
        """Writes to `folder`, which exists, what the disk may hold after a cut at this moment."""
        kept = _kept(cut, chance, self._pending())
        _write_folder(self.root, kept, folder)

    def _pending(self) -> dict[int, Write | Length | Names]:
        found: dict[int, Write | Length | Names] = {}
        for node in _all(self.root):
            found.update(node.pending)
        return dict(sorted(found.items()))

    def _opened(self, moment: Moment) -> None:
        call = moment.call
        path = self._place(call)
        if path is None or call.result is None or not moment.has_ended:
            return
        node = self._find(path)
        if node is None:
            assert "O_CREAT" in call.rest, f"{path} was made behind the test's back"
            node = File()
            self._name(path.parent, {path.name: node}, call)
        elif "O_TRUNC" in call.rest:
            assert isinstance(node, File)
            node.pending[self._next(call)] = Length(0)
        self._open[call.result] = node
        self._position[call.result] = 0

    def _written(self, moment: Moment) -> None:
        call = moment.call
        if moment.has_ended:
            self._unended.discard(self._turns.get(id(call), -1))
            return
        node = self._file(call)
        if node is None:
            return
        assert call.result is not None, "the process ended within a write: nobody knows how much of it was done"
        descriptor = call.files[0][0]
        assert descriptor is not None
        data = call.texts[0][: call.result]
        if call.name == "pwrite64":
            offset = int(call.rest.rpartition(",")[2])
        else:
            offset = self._position[descriptor]
            self._position[descriptor] += len(data)
        turn = self._next(call)
        self._unended.add(turn)
        node.pending[turn] = Write(offset, data)

    def _cut_off(self, moment: Moment) -> None:
        node = None if moment.has_ended else self._file(moment.call)
        if node is not None:
            node.pending[self._next(moment.call)] = Length(int(moment.call.rest.rpartition(",")[2]))

    def _synced(self, moment: Moment) -> None:
        node = self._node(moment.call)
        if node is None:
            return
        if not moment.has_ended:
            self._under_way[id(moment.call)] = tuple(turn for turn in node.pending if turn not in self._unended)
            return
        covered = self._under_way.pop(id(moment.call))
        self.syncs += bool(covered)
        for turn in covered:
            if isinstance(node, File):
                if turn in node.pending:
                    _apply(node.durable, node.pending.pop(turn))
            elif turn in node.pending:
                _rename(node.durable, node.pending.pop(turn))

    def _renamed(self, moment: Moment) -> None:
        call = moment.call
        source, target = (self._at(call, index) for index in (0, 1))
        if not moment.has_ended or source is None or target is None:
            return
        node = self._find(source)
        assert node is not None
        if source.parent == target.parent:
            self._name(source.parent, {source.name: None, target.name: node}, call)
        else:
            self._name(source.parent, {source.name: None}, call)
            self._name(target.parent, {target.name: node}, call)

    def _removed(self, moment: Moment) -> None:
        path = self._place(moment.call)
        if moment.has_ended and path is not None:
            self._name(path.parent, {path.name: None}, moment.call)

    def _made(self, moment: Moment) -> None:
        path = self._place(moment.call)
        if moment.has_ended and path is not None:
            self._name(path.parent, {path.name: Folder()}, moment.call)

    def _not_ours(self, moment: Moment) -> None:
        call = moment.call
        if call.name == "mmap" and "MAP_SHARED" not in call.rest:
            return
        ours = [path for _, path in call.files if path.is_relative_to(self.path) and not self._is_ignored(path)]
        assert not ours or "PROT_WRITE" not in call.rest, f"{call.name} on {ours}"
        assert call.name in {"mmap", "sendto", "sendmsg"} or not ours, f"{call.name} on {ours}"

    def _next(self, call: Call) -> int:
        self._turn += 1
        self._turns[id(call)] = self._turn
        return self._turn

    def _name(self, path: Path, change: dict[str, File | Folder | None], call: Call) -> None:
        folder = self._find(path)
        assert isinstance(folder, Folder), path
        names = Names(change)
        _rename(folder.live, names)
        folder.pending[self._next(call)] = names

    def _place(self, call: Call) -> Path | None:
        return self._at(call, 0)

    def _at(self, call: Call, index: int) -> Path | None:
        """The path that the call names, where it lies on this disk."""
        base = call.files[0][1] if call.files else Path("/")
        path = base / call.texts[index].decode(errors="surrogateescape")
        return path if path.is_relative_to(self.path) and not self._is_ignored(path) else None

    def _is_ignored(self, path: Path) -> bool:
        return not self._ignored.isdisjoint(path.relative_to(self.path).parts)

    def _find(self, path: Path) -> File | Folder | None:
        node: File | Folder | None = self.root
        for name in path.relative_to(self.path).parts:
            assert isinstance(node, Folder), path
            node = node.live.get(name)
            if node is None:
                return None
        return node

    def _node(self, call: Call) -> File | Folder | None:
        descriptor, path = call.files[0] if call.files else (None, Path())
        if descriptor is None or not path.is_relative_to(self.path) or self._is_ignored(path):
            return None
        return self._open[descriptor]

    def _file(self, call: Call) -> File | None:
        node = self._node(call)
        assert not isinstance(node, Folder)
        return node


def _all(folder: Folder) -> Iterable[File | Folder]:
    """Every node that a cut may leave: those that have a name, had one, or may get one."""
    seen: set[int] = set()
    waiting: list[File | Folder] = [folder]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Folder):
            waiting += node.durable.values()
            waiting += [new for names in node.pending.values() for new in names.change.values() if new is not None]


def _rename(names: dict[str, File | Folder], new: Names) -> None:
    for name, node in new.change.items():
        names.pop(name, None)
        if node is not None:
            names[name] = node


def _apply(content: bytearray, change: Write | Length) -> None:
    size = change.size if isinstance(change, Length) else change.offset + len(change.data)
    if isinstance(change, Length):
        del content[size:]
    content.extend(bytes(max(0, size - len(content))))
    if isinstance(change, Write):
        content[change.offset : size] = change.data


Kept = dict[int, list[Write | Length | Names]]


def _kept(cut: Cut, chance: random.Random, pending: dict[int, Write | Length | Names]) -> Kept:
    """What is left of each change."""
    if cut is Cut.DROPPED or not pending:
        return {}
    if cut is Cut.REORDERED:
        return {turn: _some(change, chance) for turn, change in pending.items()}
    last = chance.randrange(len(pending))
    kept: Kept = {turn: [change] for turn, change in list(pending.items())[: last + 1]}
    turn, change = list(pending.items())[last]
    if isinstance(change, Write):
        sectors = list(_sectors(change, chance.choice(SECTORS)))
        kept[turn] = list(sectors[: chance.randrange(len(sectors) + 1)])
    return kept


def _some(change: Write | Length | Names, chance: random.Random) -> list[Write | Length | Names]:
    if not isinstance(change, Write):
        return [change] if chance.random() < 0.5 else []
    sectors = _sectors(change, chance.choice(SECTORS))
    kept: list[Write | Length | Names] = [sector for sector in sectors if chance.random() < 0.5]
    if chance.random() < 0.25:  # the place on the card was taken, and what lay there before is still in it
        return [Write(change.offset, chance.randbytes(len(change.data))), *kept]
    return kept


def _sectors(write: Write, size: int) -> Iterable[Write]:
    """The write in parts that a disk takes whole: they end where its sectors do."""
    start = 0
    while start < len(write.data):
        end = min(len(write.data), start + size - (write.offset + start) % size)
        yield Write(write.offset + start, write.data[start:end])
        start = end


def _write_folder(folder: Folder, kept: Kept, path: Path) -> None:
    names = dict(folder.durable)
    for turn in folder.pending:
        for change in kept.get(turn, []):
            assert isinstance(change, Names)
            _rename(names, change)
    for name, node in names.items():
        if isinstance(node, Folder):
            (path / name).mkdir(mode=0o700)
            _write_folder(node, kept, path / name)
        else:
            _write_file(node, kept, path / name)


def _write_file(file: File, kept: Kept, path: Path) -> None:
    content: bytearray | bytes = file.durable
    if any(turn in kept for turn in file.pending):
        content = bytearray(content)
        for turn in file.pending:
            for change in kept.get(turn, []):
                assert not isinstance(change, Names)
                _apply(content, change)
    path.write_bytes(content)
    path.chmod(0o600)
