"""A whole event in a collector's folder: boxes that sold, doubled, forked and left gaps; and the papers it needs."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from provisioning.collector import database
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.ingest import Taken, ingest
from provisioning.collector.known import read_papers
from provisioning.collector.serve import Place
from tests.organizer import NOW, Drop, Organizer, key
from tests.provisioning.collecting import key_of
from tests.provisioning.ledgers import Ledger

FIRST, SECOND, FORKED, SILENT = key("box"), key("other box"), key("forked box"), key("silent box")
MARK = "<b>&'\"stall"
LONG = "سوق الليل " + "A title that does not end " * 11
PRICES = [
    {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None},
    {"id": "print", "title": "With <signed> print", "amount": 2500, "hand_over": "the print", "stock": None},
]
NOTE = "collector.nmb-2026-12"


def token(number: int) -> dict[str, str]:
    """A payment by the organizer's issuer."""
    return {"issuer": key("issuer").public.id, "cti": f"{number:024x}", "sha256": "ef" * 32}


class Event:
    """A collector's folder and its papers; `place` is where a collector of it runs."""

    def __init__(self, folder: Path) -> None:
        self.organizer = Organizer(folder)
        names = {FIRST: f"Seven {MARK}", SECOND: "Eight", FORKED: "Nine", SILENT: "Ten"}
        boxes = [{"key": box.public.did, "name": name} for box, name in names.items()]
        self.papers = folder / "papers"
        self.place = Place(folder / "collector", (self.papers,), None, port=0)
        self.papers.mkdir(parents=True)
        self.place.folder.mkdir()
        self.put("trust.1", self.organizer.trust(boxes=boxes))
        self.lights = self.organizer.drop(size=100, prices=PRICES)
        self.long = self.organizer.drop("long", None, title=LONG[:300])
        self.put("lights", self.lights.manifest())
        self.put("long", self.long.manifest())
        shares = [{"box": FIRST.public.id, "ranges": [[1, 50]]}, {"box": SECOND.public.id, "ranges": [[51, 60]]}]
        self.put("allotment", self.lights.allotment(boxes=shares, reserve=[[61, 100]]))

    def put(self, name: str, paper: bytes) -> None:
        (self.papers / f"{name}.dsse.json").write_bytes(paper)

    def sell(self, ledger: Ledger, drop: Drop, numbers: Iterable[int | None], **fields: object) -> None:
        for number in numbers:
            claim = hashlib.sha256(f"{len(ledger.leaves)}".encode()).hexdigest()
            ledger.sell(drop.id, number, None, claim, **fields)

    def take(self, *batches: bytes) -> list[Taken]:
        """The collector's database takes these in."""
        chain = read_papers(self.place.papers, None).chain
        cosign = Cosigner(self.organizer.cosigner, NOTE).cosign
        with contextlib.closing(database.connect(self.place.database)) as db:
            return [ingest(db, data, key_of(data), chain, cosign, NOW) for data in batches]


def full(folder: Path) -> Event:
    """Everything that a page can show: see the tests for the sums."""
    event = Event(folder)
    first, second = Ledger(FIRST), Ledger(SECOND)
    event.sell(first, event.lights, range(1, 11))
    event.sell(first, event.lights, [11, 12], price="print", amount=2500, tip=100)
    event.sell(first, event.long, [None], currency="CHF", amount=1000, method="card")
    event.sell(first, event.lights, [13], method="token", tier="fresh", token=token(1))
    first.add("void", sale="5:1", reason=f"wrong tap {MARK}", returned=False, by=1)
    first.add("refund", sale="5:2", amount=800, reason=f"torn {MARK}", by=1)
    first.add("owed", token=token(2), drop=event.lights.id, price="print", amount=2500, currency="EUR")
    first.put(b'{"spec":1,"type":"<img src=x>"}')
    event.sell(second, event.lights, [51, 52, 53, 13])
    event.sell(second, event.lights, [54], method="token", tier="boxed", token=token(1))
    event.sell(second, event.lights, range(55, 60))
    kept, _, above = second.batches(7, 9)
    left, right = Ledger(FORKED), Ledger(FORKED)
    event.sell(left, event.lights, [71])
    event.sell(right, event.lights, [72, 73])
    event.take(first.batch(), kept, above, left.batch(), right.batch())
    return event
