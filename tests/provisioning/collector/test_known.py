"""The collector's folder of papers: signatures count, rubbish does not, and what lies there may change at any time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core import envelope
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import MAX_ENVELOPE, Kind
from appliance.errors import KeyFileError, PaperError, StoreError
from provisioning.collector.cosigner import Cosigner, cosigner_of
from provisioning.collector.house import House
from provisioning.collector.known import Known, read_papers
from tests.organizer import NOW, Organizer, key
from tests.provisioning.collecting import BOX, BOXES, NOTE, OTHER, key_of, sold, verdicts
from tests.provisioning.ledgers import Ledger


@pytest.fixture
def organizer(tmp_path: Path) -> Organizer:
    return Organizer(tmp_path)


@pytest.fixture
def papers(tmp_path: Path, organizer: Organizer) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "trust.1.dsse.json").write_bytes(organizer.trusts[0])
    return folder


@pytest.fixture
def house(tmp_path: Path, papers: Path, organizer: Organizer) -> Iterator[House]:
    cosigner = Cosigner(organizer.cosigner, NOTE)
    with contextlib.closing(House(tmp_path / "collector.db", (papers,), organizer.pin, cosigner, lambda: NOW)) as made:
        yield made


def read(papers: Path, organizer: Organizer) -> Known:
    return read_papers((papers,), organizer.pin)


def kinds(known: Known) -> list[Kind]:
    return [paper.kind for paper in known.papers]


@pytest.mark.parametrize("pinned", [True, False])
def test_rubbish_is_passed_over(papers: Path, organizer: Organizer, pinned: bool) -> None:
    """Empty, cut off, too large, a link to nowhere, a folder, a signed paper of no sense: as if it were not there."""
    whole = organizer.trusts[0]
    (papers / "empty.dsse.json").write_bytes(b"")
    (papers / "cut.dsse.json").write_bytes(whole[: len(whole) // 2])
    (papers / "noise.dsse.json").write_bytes(b"\xff\xfe\x00" * 100)
    (papers / "huge.dsse.json").write_bytes(b" " * (MAX_ENVELOPE + 1))
    (papers / "nowhere.dsse.json").symlink_to(papers / "nothing")
    (papers / "folder.dsse.json").mkdir()
    for kind in (Kind.TRUST, Kind.DROP, Kind.ALLOTMENT, Kind.CLOCK_RESET):
        (papers / f"senseless-{kind.value}.dsse.json").write_bytes(envelope.sign(kind, b'{"spec":9}', [organizer.root]))
    known = read_papers((papers,), organizer.pin if pinned else None)
    assert (known.chain.current.version, kinds(known)) == (1, [Kind.TRUST])


def test_what_boxes_hear_is_signed_by_who_may(papers: Path, organizer: Organizer) -> None:
    """An allotment by a stranger is not sent on; the creator's is."""
    drop = organizer.drop()
    (papers / "drop.dsse.json").write_bytes(drop.manifest())
    (papers / "allotment.dsse.json").write_bytes(drop.allotment(key("stranger")))
    assert kinds(read(papers, organizer)) == [Kind.TRUST]
    (papers / "allotment.dsse.json").write_bytes(drop.allotment())
    known = read(papers, organizer)
    assert kinds(known) == [Kind.TRUST, Kind.ALLOTMENT]
    assert len(known.sent_to(BOX.public.id)) == 2
    assert len(known.sent_to(OTHER.public.id)) == 1


def test_a_clock_reset_is_for_its_box(papers: Path, organizer: Organizer) -> None:
    """Signed by the root's threshold, it goes to that box alone."""
    payload = write_json({"spec": 1, "box": OTHER.public.id, "n": 1, "issued": format_time(NOW)})
    (papers / "reset.dsse.json").write_bytes(envelope.sign(Kind.CLOCK_RESET, payload, [organizer.root]))
    known = read(papers, organizer)
    assert [len(known.sent_to(box.public.id)) for box in (BOX, OTHER)] == [1, 2]


def test_papers_of_other_boxes_take_no_room(papers: Path, organizer: Organizer) -> None:
    """However much lies here for other boxes, a box hears what is for it."""
    drop = organizer.drop()
    (papers / "drop.dsse.json").write_bytes(drop.manifest())
    (papers / "allotment.dsse.json").write_bytes(drop.allotment())
    known = read(papers, organizer)
    whole = len(known.sent_to(BOX.public.id))
    [trust, *_] = known.papers
    others = replace(trust, length=MAX_ENVELOPE, boxes=frozenset({OTHER.public.id}))
    crowded = replace(known, papers=(others, *known.papers))
    assert len(crowded.sent_to(BOX.public.id)) == whole


def test_no_trust_no_collector(tmp_path: Path) -> None:
    """Without a trust document it says what to do."""
    with pytest.raises(StoreError, match="trust sign"):
        read_papers((tmp_path,), None)


async def test_a_new_trust_document_counts_at_once(house: House, papers: Path, organizer: Organizer) -> None:
    """A box is listed while the collector runs: its next batch is taken."""
    data = sold(Ledger(OTHER), 1).batch()
    with pytest.raises(PaperError, match="ever listed"):
        await house.take(data, key_of(data))
    (papers / "trust.2.dsse.json").write_bytes(organizer.add_trust(boxes=BOXES))
    taken, sent = await house.take(data, key_of(data))
    assert verdicts(taken) == ["accepted"] * 2
    assert len(sent) == 2


async def test_a_trust_document_that_goes_bad_changes_nothing(house: House, papers: Path) -> None:
    """Replaced by rubbish, or gone, while the collector runs: what it knew holds, and boxes are answered."""
    data = sold(Ledger(BOX), 1).batch()
    await house.take(data, key_of(data))
    (papers / "trust.1.dsse.json").write_bytes(b"{")
    assert (await house.take(data, key_of(data)))[0].is_repeat
    (papers / "trust.1.dsse.json").unlink()
    assert (await house.take(data, key_of(data)))[0].checkpoint is not None


@pytest.mark.parametrize("revoked", [[], [BOX.public.did]])
async def test_a_removed_box_is_taken_and_marked(
    house: House, papers: Path, organizer: Organizer, revoked: list[str]
) -> None:
    """What it sold before it was removed, or its key revoked, is taken; and the box is marked."""
    fields = {"boxes": [BOXES[1]], "revoked": {"keys": revoked, "tokens": []}}
    (papers / "trust.2.dsse.json").write_bytes(organizer.add_trust(**fields))
    data = sold(Ledger(BOX), 1).batch()
    taken, _ = await house.take(data, key_of(data))
    assert taken.checkpoint is not None
    assert house.known().is_removed(BOX.public.id)
    assert not house.known().is_removed(OTHER.public.id)
    assert house.known().box_name(BOX.public.id) == "Stall 7"


async def test_a_revoked_cosigner_signs_no_more(house: House, papers: Path, organizer: Organizer) -> None:
    """No box would believe it; the collector says so, and boxes try again later."""
    chain = read(papers, organizer).chain
    assert cosigner_of(chain, organizer.cosigner).note == NOTE
    revoked = {"keys": [organizer.cosigner.public.did], "tokens": []}
    (papers / "trust.2.dsse.json").write_bytes(organizer.add_trust(revoked=revoked))
    data = sold(Ledger(BOX), 1).batch()
    with pytest.raises(KeyFileError) as refused:
        await house.take(data, key_of(data))
    assert refused.value.status_hint == 503
