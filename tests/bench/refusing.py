"""What a bad token costs beside a good one: CPU of the box in a flood of 64 clients, where no sync is waited for.

Counting CPU is the stricter way: in seconds a good token waits for the disk, and two of the bad ones never do. The
one for another box does: its signature holds, so that its refusal is an entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from tests.bench.readers import TOGETHER
from tests.bench.redeeming import EDITION, Case, hand_in
from tests.bench.stalls import make_stall
from tests.bench.table import Row, below, plain
from tests.bench.tokens import Kind, write_tokens

_BAD = {Kind.MALFORMED: "garbage", Kind.BAD_SIGNATURE: "a bad signature", Kind.WRONG_BOX: "a token for another box"}


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    data = asyncio.run(make_stall(folder, {"note.txt": b"a note\n"}, EDITION))
    tokens = asyncio.run(write_tokens(data, folder, EDITION))
    good_ms = hand_in(data, Case(tokens[Kind.GOOD], TOGETHER)).cpu_ms
    yield plain(f"a good token redeemed, {TOGETHER} clients: CPU", good_ms, " ms")
    for kind, what in _BAD.items():
        bad_ms = hand_in(data, Case(tokens[kind], TOGETHER, refused=kind.value)).cpu_ms
        yield below(f"{what} refused: CPU against a good token", bad_ms / good_ms, 1, "×", f"{bad_ms:.3f} ms")
