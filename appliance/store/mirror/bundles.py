"""The box's papers and files as bundles on the mirror: papers at once, files as the stick has room.

Knows names and bytes; verifies nothing: what goes out was verified when it came in, and is again on a spare box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.core import manifest
from appliance.core.allotment import Allotment, parse
from appliance.core.clock_reset import parse as parse_reset
from appliance.core.envelope import Kind, read
from appliance.core.manifest import Item, Manifest
from appliance.core.trust import parse as parse_trust
from appliance.errors import StoreError
from appliance.files import durable_file, free_space, make_folder, write_all, write_durably
from appliance.store.mirror.places import Places
from appliance.store.papers import PaperShelf
from appliance.store.shelf import Shelf

_CHUNK = 1 << 20
_RESERVE = 16 << 20  # for leaves, and what claims serve


class Bundles:
    """The bundles of one mirror. OSError where the stick refuses. Blocks."""

    def __init__(self, places: Places, box_id: str, papers: PaperShelf, shelf: Shelf) -> None:
        self._places, self._box, self._papers, self._shelf = places, box_id, papers, shelf

    def write_papers(self) -> None:
        """Every version of everything that was signed, and this box's certificates; what is there already stays."""
        trust = {f"trust.{parse_trust(read(data, Kind.TRUST).payload).version}": data for data in self._papers.trust()}
        for data in self._papers.resets():
            n = parse_reset(read(data, Kind.CLOCK_RESET).payload).n
            _put(self._places.papers / f"clock-reset.{n}.dsse.json", data)
        for drop in self._papers.drops():
            pack = b"".join(line + b"\n" for line in self._papers.certificates(drop))
            for version, data in self._versions(drop):
                folder = self._folder(version)
                allotments = {f"allotment.{epoch.epoch}": data for epoch, data in self._epochs(version)}
                for name, paper in {**trust, **allotments, "manifest": data}.items():
                    _put(folder / f"{name}.dsse.json", paper)
                if pack:
                    _put(folder / f"certificates.{self._box}.ndjson", pack)

    def copy_files(self) -> None:
        """Copies what is missing, each file once. StoreError `no-space` before the stick is full."""
        for version, item in self._wanted():
            target = self._folder(version) / "files" / item.path
            if _size(target) == item.length or not self._shelf.holds(item.sha256, item.length):
                continue
            make_folder(target.parent)
            if free_space(target.parent) < item.length + _RESERVE:
                raise StoreError(
                    "no-space",
                    "The mirror stick is too small for all files. Sales are mirrored; keep the bundles on another "
                    "stick for a spare box.",
                )
            with self._shelf.open(item.sha256) as source, durable_file(target) as out:
                while chunk := source.read(_CHUNK):
                    write_all(out, chunk)

    def _wanted(self) -> Iterator[tuple[Manifest, Item]]:
        """Each file of each drop under the newest version that has it."""
        for drop in self._papers.drops():
            seen: set[str] = set()
            for version, _ in reversed(self._versions(drop)):
                for item in version.files:
                    if item.sha256 not in seen:
                        seen.add(item.sha256)
                        yield version, item

    def _versions(self, drop: str) -> list[tuple[Manifest, bytes]]:
        return [(manifest.parse(read(data, Kind.DROP).payload), data) for data in self._papers.manifests(drop)]

    def _epochs(self, version: Manifest) -> Iterable[tuple[Allotment, bytes]]:
        for data in self._papers.allotments(version.drop) if version.numbered else ():
            yield parse(read(data, Kind.ALLOTMENT).payload, version.size or 0), data

    def _folder(self, version: Manifest) -> Path:
        return self._places.path / f"{version.slug}-v{version.version}.drop"


def _put(path: Path, data: bytes) -> None:
    if _size(path) != len(data) or path.read_bytes() != data:
        make_folder(path.parent)
        write_durably(path, data)


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None
