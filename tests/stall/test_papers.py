"""Papers come in: a bundle that fails any check leaves nothing to sell, and the sentence says which check."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.errors import PaperError, SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.papers import Ingested, Papers
from tests.organizer import DAY, NOW, PHOTOS, Drop, Organizer, key
from tests.stall.counter import Counter, open_counter


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    """A stall without any paper."""
    async with open_counter(tmp_path) as made:
        yield made


async def refused(counter: Counter, bundle: Path, code: str, said: str = "") -> PaperError:
    """The refusal; the drops held are as before."""
    before = held(counter)
    with pytest.raises(PaperError) as refusal:
        await counter.stall.papers.ingest(bundle)
    assert refusal.value.code == code
    assert said in refusal.value.detail
    assert held(counter) == before
    return refusal.value


def held(counter: Counter) -> tuple[list[tuple[str, int]], list[str]]:
    """Slug and newest version of what can be looked up, and the drops that have papers on disk."""
    manifests = [drop.manifest for drop in counter.stall.catalogue.drops]
    return [(new.slug, new.version) for new in manifests], counter.stall.house.papers.drops()


async def test_taken_in(counter: Counter) -> None:
    """A good bundle is on sale at once; every paper is an entry; progress was told; again is no news."""
    heard: list[tuple[int, int]] = []
    bundle = counter.organizer.bundle(size=5)
    ingested = await counter.stall.papers.ingest(bundle, lambda done, total: heard.append((done, total)))
    assert ingested == Ingested("harbour-lights", "Harbour Lights", 1, is_news=True)
    total = sum(map(len, PHOTOS.values()))
    assert heard[-1] == (total, total)
    assert [(entry["kind"], entry["version"]) for entry in counter.log("papers")] == [
        ("trust", 1),
        ("drop", 1),
        ("allotment", 1),
    ]
    assert (await counter.sell()).number == 1
    again = await counter.stall.papers.ingest(bundle)
    assert again == Ingested("harbour-lights", "Harbour Lights", 1, is_news=False)
    assert len(counter.log("papers")) == 3


async def test_newer_version(counter: Counter) -> None:
    """A newer version is sold from then on; a claim of the older one is served with the older files."""
    await counter.stall.papers.ingest(counter.organizer.bundle(size=5))
    old = await counter.sell()
    files = {**PHOTOS, "03-new.jpg": b"new"}
    drop = counter.organizer.drop(size=5, files=files)
    await counter.stall.papers.ingest(drop.bundle(counter.organizer.folder, version=2))
    new = await counter.sell()
    assert new.number == 2
    assert [len((await counter.claim(sold)).manifest.files) for sold in (old, new)] == [2, 3]
    assert [entry["version"] for entry in counter.log("sale")] == [1, 2]


async def test_open_edition_again(counter: Counter) -> None:
    """An open edition, which has no certificates to bring, can be renewed like any other."""
    drop = counter.organizer.drop(size=None)
    for version in (1, 2):
        ingested = await counter.stall.papers.ingest(drop.bundle(counter.organizer.folder, version=version))
        assert (ingested.version, ingested.is_news) == (version, True)


async def test_other_files_are_ignored(counter: Counter) -> None:
    """What else lies in a bundle is neither read nor kept."""
    bundle = counter.organizer.bundle(size=5)
    (bundle / "notes.txt").write_text("x")
    (bundle / "certificates.0000000000000000.ndjson").write_text("not ours")
    (bundle / "files" / "secret.jpg").write_text("x")
    await counter.stall.papers.ingest(bundle)
    assert len(counter.stall.catalogue.files) == len(PHOTOS)


Bend = Callable[[Organizer, Drop], Path]


def plain(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(organizer.folder)


def without(name: str) -> Bend:
    def bend(organizer: Organizer, drop: Drop) -> Path:
        bundle = plain(organizer, drop)
        (bundle / name).unlink()
        return bundle

    return bend


def written(name: str, data: bytes) -> Bend:
    def bend(organizer: Organizer, drop: Drop) -> Path:
        bundle = plain(organizer, drop)
        (bundle / name).write_bytes(data)
        return bundle

    return bend


def linked(organizer: Organizer, drop: Drop) -> Path:
    bundle = plain(organizer, drop)
    shutil.move(bundle / "files", bundle / "elsewhere")
    (bundle / "files").symlink_to(bundle / "elsewhere")
    return bundle


def no_folder(organizer: Organizer, _drop: Drop) -> Path:
    path = organizer.folder / "file.drop"
    path.write_bytes(b"")
    return path


def stranger(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(organizer.folder, manifest=drop.manifest(key("stranger")))


def other_type(organizer: Organizer, drop: Drop) -> Path:
    signed = sign(Kind.ALLOTMENT, drop.manifest_payload(), [organizer.creator])
    return drop.bundle(organizer.folder, manifest=signed)


def expired(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(
        organizer.folder, manifest=drop.manifest(issued=format_time(NOW - DAY), expires=format_time(NOW))
    )


def traversal(organizer: Organizer, drop: Drop) -> Path:
    files = drop.manifest_fields()["files"]
    assert isinstance(files, list)
    bent = [{**files[0], "path": "../../ledger.db"}]
    return drop.bundle(organizer.folder, manifest=drop.manifest(files=bent))


def foreign_allotment(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(organizer.folder, allotments=[drop.allotment(key("stranger"))])


def second_epoch_only(organizer: Organizer, drop: Drop) -> Path:
    second = drop.allotment(epoch=2, previous=hashlib.sha256(b"x").hexdigest())
    bundle = drop.bundle(organizer.folder, allotments=[])
    (bundle / "allotment.2.dsse.json").write_bytes(second)
    return bundle


def foreign_certificate(organizer: Organizer, drop: Drop) -> Path:
    line = drop.certificate(1, signer=key("stranger"))
    return drop.bundle(organizer.folder, certificates=line + b"\n")


def certificate_beyond(organizer: Organizer, drop: Drop) -> Path:
    boxes = [{"box": organizer.box.public.id, "ranges": [[1, 4]]}]
    return drop.bundle(organizer.folder, allotments=[drop.allotment(boxes=boxes)])


def certificate_cut(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(organizer.folder, certificates=drop.certificates([1, 2])[:-1])


def certificate_of_other_size(organizer: Organizer, drop: Drop) -> Path:
    return drop.bundle(organizer.folder, certificates=drop.certificate(1, of=6) + b"\n")


@pytest.mark.parametrize(
    ("bend", "code", "said"),
    [
        pytest.param(no_folder, "missing-file", "not a bundle", id="no folder"),
        pytest.param(without("manifest.dsse.json"), "missing-file", "manifest.dsse.json", id="no manifest"),
        pytest.param(without("trust.1.dsse.json"), "doc-gap", "trust document", id="no trust"),
        pytest.param(without("files/01-pier.jpg"), "missing-file", "01-pier.jpg", id="no file"),
        pytest.param(written("manifest.dsse.json", b"{}"), "doc-malformed", "", id="no envelope"),
        pytest.param(written("manifest.dsse.json", b"x" * (4 << 20) + b"x"), "doc-too-large", "", id="huge"),
        pytest.param(written("files/01-pier.jpg", b"short"), "missing-file", "not whole yet", id="short file"),
        pytest.param(
            written("files/01-pier.jpg", PHOTOS["01-pier.jpg"] + b"x"), "wrong-digest", "is longer", id="long file"
        ),
        pytest.param(
            written("files/01-pier.jpg", PHOTOS["01-pier.jpg"][:-1] + b"x"), "wrong-digest", "Copy it again", id="byte"
        ),
        pytest.param(linked, "bad-path", "is a link", id="linked folder"),
        pytest.param(stranger, "doc-signature", "Ana Reyes", id="stranger's manifest"),
        pytest.param(other_type, "doc-role", "", id="another paper's type"),
        pytest.param(expired, "doc-expired", "newer bundle", id="expired manifest"),
        pytest.param(traversal, "bad-path", "../../ledger.db", id="traversal"),
        pytest.param(foreign_allotment, "doc-signature", "neither by its creator", id="stranger's allotment"),
        pytest.param(second_epoch_only, "doc-gap", "Allotment 1", id="epoch 1 missing"),
        pytest.param(foreign_certificate, "bad-certificate", "not signed by the creator", id="stranger's certificate"),
        pytest.param(certificate_beyond, "bad-certificate", "never given", id="certificate of another box"),
        pytest.param(certificate_of_other_size, "bad-certificate", "is not of", id="certificate of another edition"),
        pytest.param(certificate_cut, "missing-file", "not whole yet", id="pack cut off"),
    ],
)
async def test_refused(counter: Counter, bend: Bend, code: str, said: str) -> None:
    """Each fault of a bundle has its code and its sentence; the trust document is kept where it holds."""
    bundle = bend(counter.organizer, counter.organizer.drop(size=5))
    await refused(counter, bundle, code, said)
    assert len(counter.stall.house.papers.trust()) <= 1


async def test_trust_is_kept(counter: Counter) -> None:
    """A trust chain that holds is adopted although the drop beside it fails, and its entry is in the log."""
    counter.organizer.add_trust()
    bundle = stranger(counter.organizer, counter.organizer.drop(size=5))
    await refused(counter, bundle, "doc-signature")
    chain = counter.stall.catalogue.chain
    assert chain is not None
    assert chain.current.version == 2
    assert [(entry["kind"], entry["version"]) for entry in counter.log("papers")] == [("trust", 1), ("trust", 2)]
    assert len(counter.stall.house.papers.trust()) == 2


class Watched(Catalogue):
    """Notes which thread puts drops in."""

    def put(self, drop: HeldDrop) -> None:
        assert threading.current_thread() is threading.main_thread(), "the catalogue belongs to the loop's thread"
        super().put(drop)


async def test_judged_again_on_the_loop(counter: Counter) -> None:
    """A new trust document judges every drop held again; only the event loop's thread changes the catalogue."""
    organizer = counter.organizer
    await counter.stall.papers.ingest(organizer.bundle(size=5))
    known = counter.stall.catalogue
    watched = Watched(known.chain, known.drops, known.files)
    creators = organizer.trust_fields()["creators"]
    assert isinstance(creators, list)
    organizer.add_trust(creators=[{**creators[0], "drops": ["other-*"]}])
    with pytest.raises(PaperError):
        await Papers(counter.stall.house, watched).ingest(organizer.bundle(size=5))
    assert [held.refusal is not None for held in watched.drops] == [True]


async def test_gap_in_trust(counter: Counter) -> None:
    """Versions before a gap are adopted; what lies beyond it is refused."""
    organizer = counter.organizer
    organizer.add_trust()
    organizer.add_trust()
    bundle = organizer.bundle(size=5)
    (bundle / "trust.2.dsse.json").unlink()
    await refused(counter, bundle, "doc-gap", "2")
    chain = counter.stall.catalogue.chain
    assert chain is not None
    assert chain.current.version == 1


async def test_another_organizer(counter: Counter) -> None:
    """A trust document that is not the one this box was set up with is refused."""
    bundle = counter.organizer.bundle(size=5)
    (bundle / "trust.1.dsse.json").write_bytes(counter.organizer.trust(event="other-event"))
    await refused(counter, bundle, "doc-gap", "set up with")
    assert counter.stall.catalogue.chain is None


async def test_rollback(counter: Counter) -> None:
    """An older version, another document of the same version, and a grown edition are refused; the held one stays."""
    organizer = counter.organizer
    drop = organizer.drop(size=5)
    await counter.stall.papers.ingest(drop.bundle(organizer.folder, version=2))
    offers: list[tuple[dict[str, object], str]] = [
        ({"version": 1}, "doc-rollback"),
        ({"version": 2, "summary": "other"}, "doc-equivocation"),
        ({"version": 3, "edition": {"kind": "numbered", "size": 6}}, "edition-changed"),
    ]
    for fields, code in offers:
        bundle = drop.bundle(organizer.folder / code, manifest=drop.manifest(**fields))
        await refused(counter, bundle, code)
    assert counter.stall.catalogue.by_slug("harbour-lights").manifest.version == 2


async def test_collision(counter: Counter) -> None:
    """Another creator's drop of the same name is refused."""
    organizer = counter.organizer
    await counter.stall.papers.ingest(organizer.bundle(size=5))
    other = key("other creator")
    creators = organizer.trust_fields()["creators"]
    assert isinstance(creators, list)
    second = {"key": other.public.did, "origin": other.public.did, "name": "Ben", "drops": ["*"]}
    organizer.add_trust(creators=[*creators, second])
    drop = organizer.drop(size=5, creator={"key": other.public.did, "url": None})
    bundle = drop.bundle(organizer.folder / "ben", manifest=drop.manifest(other))
    await refused(counter, bundle, "doc-collision", "under another slug")


async def test_other_certificate(counter: Counter) -> None:
    """Other bytes for a number that is held are refused; the held certificate stays."""
    organizer = counter.organizer
    drop = organizer.drop(size=5)
    await counter.stall.papers.ingest(drop.bundle(organizer.folder))
    renamed = organizer.drop(size=5, title="Harbour Lights II").bundle(organizer.folder, version=2)
    await refused(counter, renamed, "bad-certificate", "held here already")


async def test_no_space(tmp_path: Path) -> None:
    """A drop that would eat into the ledger's reserve is refused; the drops that are here are sold on."""
    bundle = Organizer(tmp_path).bundle(size=5)
    async with open_counter(tmp_path, bundle):
        pass
    async with open_counter(tmp_path, reserve=1 << 60) as counter:
        zine = counter.organizer.drop("zine", size=None, files={"zine.pdf": b"x"}).bundle(tmp_path)
        await refused(counter, zine, "no-space", "Sales go on")
        assert (await counter.sell()).number == 1


async def test_expired_while_selling(tmp_path: Path) -> None:
    """A held trust document that expires stops new papers, with what to do; sales and claims go on."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        drop = counter.organizer.drop(size=5, expires=format_time(NOW + 900 * DAY))
        counter.clock.wait(364 * DAY)
        await counter.stall.papers.ingest(drop.bundle(tmp_path, version=2))
        counter.clock.wait(2 * DAY)
        sold = await counter.sell()
        await counter.claim(sold)
        bundle = drop.bundle(tmp_path, version=3)
        await refused(counter, bundle, "doc-expired", "Sales go on; ask the organizer for a new one")


async def test_revoked_creator(tmp_path: Path) -> None:
    """After its creator's key is revoked a drop is not sold; the screen says so, claims are served; also next day."""
    organizer = Organizer(tmp_path)
    async with open_counter(tmp_path, organizer.bundle(size=5)) as counter:
        sold = await counter.sell()
        organizer.add_trust(revoked={"keys": [organizer.creator.public.did], "tokens": []}, creators=[])
        other = organizer.drop("zine", size=None).bundle(tmp_path)
        await refused(counter, other, "doc-role")
        await _not_sold_but_served(counter, sold.claim)
    async with open_counter(tmp_path, clock=counter.clock) as counter:
        await _not_sold_but_served(counter, sold.claim)


async def _not_sold_but_served(counter: Counter, code: str) -> None:
    with pytest.raises(SaleError, match="is not sold now") as refusal:
        await counter.sell()
    assert refusal.value.code == "not-ready"
    assert "doc-role" in {fault.code for fault in (await counter.stall.stock.status()).faults}
    claim = await counter.stall.claims.find(code, "phone")
    await counter.stall.deliveries.archive(claim)


async def test_quarantine(tmp_path: Path) -> None:
    """A file that went bad stops the sale of its drop, the screen says so, and the same bundle mends it."""
    bundle = Organizer(tmp_path).bundle(size=5)
    async with open_counter(tmp_path, bundle) as counter:
        digest = hashlib.sha256(PHOTOS["01-pier.jpg"]).hexdigest()
        await counter.stall.papers.quarantine(digest)
        with pytest.raises(SaleError, match="1 of its files are damaged") as refusal:
            await counter.sell()
        assert (refusal.value.code, refusal.value.status_hint) == ("not-ready", 503)
        assert "missing-file" in {fault.code for fault in (await counter.stall.stock.status()).faults}
    async with open_counter(tmp_path) as counter:
        with pytest.raises(SaleError):
            await counter.sell()
        ingested = await counter.stall.papers.ingest(bundle)
        assert not ingested.is_news
        assert (await counter.sell()).number == 1
        assert (await counter.stall.stock.status()).faults == ()


async def test_numbers_move(counter: Counter) -> None:
    """Numbers that a later epoch takes away are not sold; those that it gives are, with their certificates."""
    organizer = counter.organizer
    drop, box = organizer.drop(size=6), organizer.box.public.id
    other = key("other box").public.id
    first = drop.allotment_fields(boxes=[{"box": box, "ranges": [[1, 4]]}, {"box": other, "ranges": [[5, 6]]}])
    digest = hashlib.sha256(write_json(first)).hexdigest()
    epoch_1 = drop.allotment(boxes=first["boxes"])
    await counter.stall.papers.ingest(
        drop.bundle(organizer.folder, allotments=[epoch_1], certificates=drop.certificates(range(1, 5)))
    )
    epoch_2 = drop.allotment(
        epoch=2,
        previous=digest,
        boxes=[{"box": box, "ranges": [[1, 1], [5, 5]]}, {"box": other, "ranges": [[2, 4], [6, 6]]}],
        released=[
            {"box": box, "ranges": [[2, 4]], "entry": "7:9"},
            {"box": other, "ranges": [[5, 5]], "entry": "8:9"},
        ],
    )
    bundle = drop.bundle(organizer.folder, allotments=[epoch_1, epoch_2], certificates=drop.certificates([1, 5]))
    await counter.stall.papers.ingest(bundle)
    assert [(await counter.sell()).number for _ in range(2)] == [1, 5]
    with pytest.raises(SaleError):
        await counter.sell()
