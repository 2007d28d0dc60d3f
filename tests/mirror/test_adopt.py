"""A spare box adopts a mirror and goes on as the box that kept it."""

from __future__ import annotations

from pathlib import Path

from tests import ledgers
from tests.mirror.spare import mirrored, sell, spare


async def test_goes_on(tmp_path: Path) -> None:
    """Every sale is there, its claim works, and the numbers that are left are the others."""
    async with mirrored(tmp_path) as box:
        sold = [await box.sell() for _ in range(3)]
        incarnation = box.till.stall.house.ledger.incarnation
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert stall.house.ledger.incarnation != incarnation
        for copy in sold:
            claim = await stall.claims.find(copy.claim, "10.42.0.9")
            assert (claim.sale, claim.number, claim.code) == (copy.sale, copy.number, copy.claim)
            assert (await stall.deliveries.file(claim, "01-pier.jpg")).segments
        numbers = {copy.number for copy in sold} | {(await sell(stall)).number for _ in range(3)}
        assert numbers == set(range(1, 7))
    first, second = ledgers.incarnations(tmp_path / "spare" / "ledger.db")
    restart = ledgers.log(tmp_path / "spare" / "ledger.db", second)[0]
    assert (first, restart.fields["reason"]) == (incarnation, "adopted")
