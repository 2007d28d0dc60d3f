"""Whether another machine has adopted this box: what a stick proves, and what the box remembers of that.

FORMATS §7, `ADOPTED`. Only the box's own key can have signed it, so no stranger's stick stops a sale.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from appliance.core.keys import PublicKey
from appliance.core.mirror import read_adoption
from appliance.errors import PaperError
from appliance.files import read_limited, write_durably
from appliance.store.mirror.places import Places

SENTENCE = (
    "Another box has adopted this one with its mirror stick and sells in its place, so this one sells no more. Export "
    "its log for the organizer, then set it up anew."
)
_MAX = 32 * 1024


def look(places: Places, box: PublicKey, knows: Callable[[int], bool]) -> bytes | None:
    """The proof on a stick that this box was adopted. `knows`: whether an incarnation stands in its own ledger."""
    try:
        data = read_limited(places.adopted, _MAX, "ADOPTED")
        restart = read_adoption(data, box)
    except PaperError:
        return None  # there is none, or anybody may have written it
    return None if knows(restart.incarnation) else data


def mark(keys: Path, proof: bytes) -> None:
    """Remembers for good that the box was adopted."""
    write_durably(keys / "adopted", proof, 0o600)


def is_marked(keys: Path) -> bool:
    return (keys / "adopted").exists()
