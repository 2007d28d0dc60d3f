"""Who must have an entry before anybody is promised what rests on it: the ledger asks, a mirror answers."""

from __future__ import annotations

from appliance.store.second import Head

Key = tuple[int, int]  # incarnation and seq of an entry

# Entries whose answer is a promise to somebody; for all others nobody waits.
PROMISES = frozenset({"sale", "owed", "claim", "void", "refund", "release"})


class Witness:
    """This one asks for nothing. Everything here is called in the ledger's thread."""

    def before(self, key: Key) -> None:
        """StoreError where the entry cannot be had in time, so that it is not made."""

    def committed(self, head: Head) -> None:
        """Everything up to `head` stands in the ledger."""

    def after(self, key: Key) -> None:
        """StoreError where the entry, which stands in the ledger, is not had."""
