"""A box that keeps a mirror in `sync` mode and says each sale as soon as it was told of it: a process to be watched."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from appliance.core.sale import Order
from appliance.premises import open_stall_in
from tests.box import CARD
from tests.mirror.spare import mirroring_of


async def main(data: Path, stick: Path, sales: int) -> None:
    """Half of the sales with the stick as it was prepared, the others after it was put in again."""
    async with open_stall_in(data) as (stall, _):
        await mirroring_of(stall).prepare(stick / "STALLBOX" / "MIRROR", CARD, is_sync=True, is_named=True)
    for _ in range(2):
        async with open_stall_in(data) as (stall, _):
            for _ in range(sales // 2):
                (sold,) = await stall.seller.sell(Order("harbour-lights"))
                told = {"sale": sold.sale, "number": sold.number, "claim": sold.claim}
                os.write(sys.stdout.fileno(), json.dumps(told).encode() + b"\n")
            await mirroring_of(stall).copy_files()


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
