"""The papers on disk at a start: verified again, and whatever is wrong with one of them, the box opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import PaperError, SaleError
from appliance.stall.loading import editions, newest_issue
from appliance.store.papers import PaperShelf
from tests.organizer import NOW, Organizer, key
from tests.stall.counter import Counter, open_counter


async def closed(folder: Path, lifetime: int = 7200) -> str:
    """A stall that has sold number 1 and is closed; the claim's code."""
    async with open_counter(
        folder, Organizer(folder).bundle(size=5, download={"lifetime": lifetime, "budget": 3})
    ) as counter:
        return (await counter.sell()).claim


def paper(folder: Path, name: str) -> Path:
    (found,) = (folder / "data" / "papers").rglob(name)
    return found


def codes(counter: Counter) -> set[str]:
    return {fault.code for fault in counter.stall.house.faults.values()}


async def test_goes_on(tmp_path: Path) -> None:
    """After a start the next number is sold, the claim is found, and nothing is written to the log."""
    code = await closed(tmp_path)
    async with open_counter(tmp_path) as counter:
        size = counter.stall.house.ledger.head.size
        assert (await counter.stall.claims.find(code, "phone")).number == 1
        assert counter.stall.house.faults == {}
        assert counter.stall.house.ledger.head.size == size
        assert (await counter.sell()).number == 2


def noted(counter: Counter) -> list[tuple[object, object]]:
    return [(entry["kind"], entry["version"]) for entry in counter.log("papers")]


async def test_cut_before_their_entry(tmp_path: Path) -> None:
    """Papers that a cut of power left on the disk without their entries get them at the next start, once."""
    await closed(tmp_path)
    organizer = Organizer(tmp_path)
    paper(tmp_path, "manifest.1.dsse.json").with_name("manifest.2.dsse.json").write_bytes(
        organizer.drop(size=5).manifest(version=2)
    )
    paper(tmp_path, "trust.1.dsse.json").with_name("trust.2.dsse.json").write_bytes(organizer.add_trust())
    for _ in range(2):
        async with open_counter(tmp_path) as counter:
            assert noted(counter) == [("trust", 1), ("drop", 1), ("allotment", 1), ("trust", 2), ("drop", 2)]
            assert counter.stall.catalogue.by_slug("harbour-lights").manifest.version == 2


@pytest.mark.parametrize("name", ["manifest.1.dsse.json", "allotment.1.dsse.json"])
@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 100])
async def test_rotten_paper(tmp_path: Path, name: str, data: bytes) -> None:
    """A paper of a drop that rotted leaves that drop out and says so; its bundle mends it; no number comes back."""
    await closed(tmp_path)
    paper(tmp_path, name).write_bytes(data)
    async with open_counter(tmp_path) as counter:
        assert counter.stall.catalogue.drops == ()
        assert codes(counter) == {"doc-malformed"}
        with pytest.raises(SaleError):
            await counter.sell()
        await counter.stall.papers.ingest(counter.organizer.bundle(size=5))
        assert (await counter.sell()).number == 2


async def test_rotten_trust(tmp_path: Path) -> None:
    """Without its trust document nothing is sold, the screen says what to bring, and the bundle mends it."""
    await closed(tmp_path)
    paper(tmp_path, "trust.1.dsse.json").write_bytes(b"rot")
    async with open_counter(tmp_path) as counter:
        assert counter.stall.catalogue.drops == ()
        assert "newest bundle" in counter.stall.house.faults["trust"].text
        await counter.stall.papers.ingest(counter.organizer.bundle(size=5))
        assert (await counter.sell()).number == 2


async def test_foreign_papers(tmp_path: Path) -> None:
    """Papers that somebody put into the folder are verified like any other."""
    await closed(tmp_path)
    drop = Organizer(tmp_path).drop(size=5)
    paper(tmp_path, "manifest.1.dsse.json").write_bytes(drop.manifest(key("stranger")))
    async with open_counter(tmp_path) as counter:
        assert counter.stall.catalogue.drops == ()
        assert codes(counter) == {"doc-signature"}


async def test_expired_meanwhile(tmp_path: Path) -> None:
    """Papers that expired over night are loaded: claims are served, and the sale has its own sentence."""
    code = await closed(tmp_path, lifetime=40_000_000)
    async with open_counter(tmp_path) as counter:
        counter.clock.lo = NOW + 400 * 86_400
    async with open_counter(tmp_path, clock=counter.clock) as counter:
        assert (await counter.stall.claims.find(code, "phone")).number == 1
        with pytest.raises(SaleError) as refusal:
            await counter.sell()
        assert refusal.value.code == "papers-expired"


async def test_rotated_and_revoked(tmp_path: Path) -> None:
    """A drop whose creator changed keys, the old one revoked, is sold next day on the papers of both keys."""
    organizer = Organizer(tmp_path)
    await closed(tmp_path)
    new = key("creator's next")
    creators = [{"key": new.public.did, "origin": organizer.origin, "name": "Ana Reyes", "drops": ["*"]}]
    organizer.add_trust(creators=creators, revoked={"keys": [organizer.creator.public.did], "tokens": []})
    drop = organizer.drop(size=5)
    async with open_counter(tmp_path) as counter:
        bundle = drop.bundle(tmp_path, manifest=drop.manifest(new, version=2), certificates=b"")
        (bundle / f"certificates.{key('box').public.id}.ndjson").unlink()
        await counter.stall.papers.ingest(bundle)
        assert (await counter.sell()).number == 2
    async with open_counter(tmp_path) as counter:
        assert counter.stall.house.faults == {}
        assert (await counter.sell()).number == 3


async def test_recovered_ledger(tmp_path: Path) -> None:
    """With a new ledger the drop is sold on from papers and shelf, above the highest number that was sold."""
    await closed(tmp_path)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    async with open_counter(tmp_path) as counter:
        assert (await counter.sell()).number == 2
        status = await counter.stall.stock.status()
        assert status.drops[0].blocked == 1
        assert await counter.stall.questions.discard_blocked(by=4) == 1
        assert counter.log("override") == [
            {"what": "discard-blocked", "sale": None, "token": None, "answer": "not sold", "by": 4},
        ]
        assert (await counter.sell()).number == 1


async def test_recovered_without_second_place(tmp_path: Path) -> None:
    """With ledger and second place lost nothing is sold until the stall owner has decided."""
    await closed(tmp_path)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "keys/second-place"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    async with open_counter(tmp_path) as counter:
        with pytest.raises(SaleError, match="5 numbers are blocked"):
            await counter.sell()


async def test_lost_file(tmp_path: Path) -> None:
    """A file that is gone from the shelf stops its drop, and the screen says so."""
    await closed(tmp_path)
    for path in (tmp_path / "data" / "shelf").rglob("*"):
        if path.is_file():
            path.unlink()
    async with open_counter(tmp_path) as counter:
        assert codes(counter) == {"missing-file"}
        with pytest.raises(SaleError, match="2 of its files"):
            await counter.sell()


async def test_editions(tmp_path: Path) -> None:
    """The sizes of numbered drops are known without any check; of an unreadable one the limit stands for the size."""
    await closed(tmp_path)
    papers = PaperShelf(tmp_path / "data" / "papers")
    (drop,) = papers.drops()
    assert editions(papers) == {drop: 5}
    assert newest_issue(papers) == NOW
    paper(tmp_path, "manifest.1.dsse.json").write_bytes(b"rot")
    assert editions(papers) == {drop: 10_000}
    paper(tmp_path, "trust.1.dsse.json").write_bytes(b"rot")
    with pytest.raises(PaperError):
        newest_issue(papers)


async def test_open_edition_has_no_size(tmp_path: Path) -> None:
    """Of an open edition no number can be blocked."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=None)) as counter:
        assert editions(counter.stall.house.papers) == {}
