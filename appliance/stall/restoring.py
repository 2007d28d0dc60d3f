"""Takes the bundles of a mirror back into a data directory that is being made: papers as they are, files by digest.

Keeps nothing that does not read; what papers say is verified by whoever uses them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.core import allotment, manifest, trust
from appliance.core.clock_reset import parse as parse_reset
from appliance.core.envelope import MAX_ENVELOPE, Kind, read
from appliance.core.manifest import Item, Manifest
from appliance.errors import PaperError
from appliance.stall.bundle import Bundle, read_bundle
from appliance.store.papers import PaperShelf
from appliance.store.shelf import Shelf
from appliance.tree import Tree, open_tree

MAX_BUNDLES = 500
_RESETS = "PAPERS"


@dataclass(frozen=True, slots=True)
class Restoring:
    """The bundles of a mirror, oldest version first, while its folder is held open."""

    drops: tuple[tuple[Manifest, Bundle], ...]
    resets: tuple[bytes, ...]

    def papers(self, papers: PaperShelf) -> None:
        """Keeps every paper of these bundles, and the clock-resets beside them."""
        for new, bundle in self.drops:
            for signed in bundle.trust:
                papers.keep_trust(trust.parse(signed.envelope.payload).version, signed.data)
            epochs = {
                allotment.parse(signed.envelope.payload, new.size or 0).epoch: signed.data
                for signed in bundle.allotments
            }
            papers.keep_drop(new.drop, (new.version, bundle.manifest.data), epochs, list(bundle.certificates))
        for data in self.resets:
            papers.keep_reset(parse_reset(read(data, Kind.CLOCK_RESET).payload).n, data)

    def files(self, shelf: Shelf) -> list[str]:
        """Puts every file on the shelf that one of the bundles has whole; the paths of those that none has."""
        missing = []
        for sha256, item in {item.sha256: item for new, _ in self.drops for item in new.files}.items():
            if not shelf.holds(sha256, item.length) and not any(
                _take(shelf, bundle, copy) for bundle, copy in self._copies(sha256)
            ):
                missing.append(item.path)
        return missing

    def _copies(self, sha256: str) -> Iterator[tuple[Bundle, Item]]:
        for new, bundle in self.drops:
            for item in new.files:
                if item.sha256 == sha256:
                    yield bundle, item


@contextmanager
def opened(folder: Path, box_id: str) -> Iterator[Restoring]:
    """The bundles in a folder. PaperError for one that does not read."""
    with ExitStack() as stack:
        root = stack.enter_context(open_tree(folder))
        names = root.names(MAX_BUNDLES)
        found = [
            read_bundle(stack.enter_context(root.folder(name)), box_id) for name in names if name.endswith(".drop")
        ]
        drops = [(manifest.parse(bundle.manifest.envelope.payload), bundle) for bundle in found]
        yield Restoring(tuple(sorted(drops, key=lambda drop: drop[0].version)), _resets(root, names))


def _resets(root: Tree, names: list[str]) -> tuple[bytes, ...]:
    if _RESETS not in names:
        return ()
    with root.folder(_RESETS) as folder:
        return tuple(folder.read(name, MAX_ENVELOPE, f"The paper {name}") for name in folder.names(MAX_BUNDLES))


def _take(shelf: Shelf, bundle: Bundle, item: Item) -> bool:
    try:
        with bundle.open(item.path) as file:
            shelf.take(file, item.path, item.length, item.sha256, lambda _: None)
    except PaperError as refusal:
        if refusal.code == "no-space":
            raise
        return False
    return True
