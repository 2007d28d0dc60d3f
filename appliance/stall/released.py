"""Says when an allotment states a release of which this box's ledger has no entry (FORMATS §2.3).

The numbers are given up all the same: whether the entry was there was the signer's to check.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.core.allotment import ranges_of
from appliance.core.status import Fault
from appliance.stall.catalogue import HeldDrop
from appliance.stall.house import House
from appliance.store import numbers


async def note_unknown_releases(house: House, held: HeldDrop) -> None:
    """Puts on the screen which numbers this box is said to have given up without a word of it in its ledger."""
    new = held.manifest
    stated = held.epochs.stated_released(house.box_id) if held.epochs else {}
    known = await house.look(lambda book: numbers.releases(book.db, new.drop)) if stated else {}
    unknown = [number for number, times in stated.items() if times > known.get(number, 0)]
    text = (
        f"An allotment of “{new.title}” says that this box gave up {_shown(unknown)}, but its ledger does not. The box "
        "does not sell them; tell the creator before another box does."
    )
    house.note(f"released {new.drop}", Fault("release-missing", text) if unknown else None)


def _shown(given: Iterable[int]) -> str:
    return ", ".join(f"#{first}" if first == last else f"#{first} to #{last}" for first, last in ranges_of(given))
