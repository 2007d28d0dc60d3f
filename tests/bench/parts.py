"""What no redemption can do without, one after the other: libsodium's verify and sign, and a one-row SQLite commit.

Nothing of the product is in it. SQLite has the settings that the ledger has: WAL, `synchronous=FULL`.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from pathlib import Path

from nacl import bindings

_SIGNED = bytes(150)  # as long as what a token's signature covers


class Parts:
    """The sum of the parts on one disk."""

    def __init__(self, path: Path) -> None:
        """`path`: a database that is not there yet."""
        self._db = sqlite3.connect(path, isolation_level=None)
        for line in (
            "pragma journal_mode=wal",
            "pragma synchronous=full",
            "create table taken (issuer text, cti text, primary key (issuer, cti)) without rowid",
        ):
            self._db.execute(line)
        self._public, self._secret = bindings.crypto_sign_keypair()
        self._message = bindings.crypto_sign(_SIGNED, self._secret)

    def per_s(self, count: int, together: int = 1) -> float:
        """How often per second on one thread; so many rows share a commit, as the redemptions of a group do."""
        begin = time.perf_counter()
        for _ in range(count // together):
            self._db.execute("begin immediate")
            for _ in range(together):
                bindings.crypto_sign_open(self._message, self._public)
                bindings.crypto_sign(_SIGNED, self._secret)
                self._db.execute("insert into taken values ('c0ffee00c0ffee00', ?)", (secrets.token_hex(12),))
            self._db.execute("commit")
        return count // together * together / (time.perf_counter() - begin)
