"""A headless Chromium at the collector: the organizer sees, decides and exports what two boxes have sold."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from appliance.core.merkle import leaf_hash, verify_inclusion
from appliance.core.money import format_money
from appliance.core.tlog import read_checkpoint, read_proof
from provisioning.collector.serve import serving
from tests.organizer import NOW
from tests.provisioning.collector.events import FIRST, SECOND, Event
from tests.provisioning.ledgers import Ledger

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
WALKS_S = 120


def boxes_that_sold(event: Event) -> list[Ledger]:
    """Two boxes; number 5 was sold by both, one sale is void, one was given back."""
    first, second = Ledger(FIRST), Ledger(SECOND)
    event.sell(first, event.lights, range(1, 21))
    event.sell(first, event.lights, range(21, 26), price="print", amount=2500, tip=200, method="card")
    first.add("void", sale="5:1", reason="wrong tap", returned=False, by=1)
    event.sell(second, event.long, [None] * 7, amount=1000)
    event.sell(second, event.lights, [5, 51, 52])
    second.add("refund", sale="5:10", amount=800, reason="torn", by=1)
    return [first, second]


def totals(ledgers: list[Ledger]) -> Counter[str]:
    """What each box says that it sold, by method: the sales in its own ledger that it did not make void."""
    found: Counter[str] = Counter()
    for ledger in ledgers:
        entries = [json.loads(leaf) for leaf in ledger.leaves]
        void = {entry["sale"] for entry in entries if entry["type"] == "void"}
        for entry in entries:
            if entry["type"] == "sale" and f"{entry['incarnation']}:{entry['seq']}" not in void:
                found[entry["method"]] += entry["amount"] - entry["discount"] + entry["tip"]
    return found


async def walk(chromium: str, address: str, secret: str, folder: Path, width: int) -> dict[str, Any]:
    """What the browser saw; its pictures and downloads are in `folder`."""
    command = ["node", str(HERE / "collector.mjs"), chromium, address, secret, str(folder), str(width)]
    pipe = asyncio.subprocess.PIPE
    browser = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    out, complaints = await asyncio.wait_for(browser.communicate(), WALKS_S)
    assert browser.returncode == 0, complaints.decode()
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_organizers_walk(chromium: str, tmp_path: Path, width: int) -> None:
    """Every page fits the screen and complains of nothing; totals, table and receipts are those of the boxes."""
    event, pictures = Event(tmp_path / "event"), tmp_path / "pictures"
    ledgers = boxes_that_sold(event)
    event.take(*(ledger.batch() for ledger in ledgers))
    async with serving(event.place, event.organizer.cosigner, lambda: NOW) as address:
        seen = await walk(chromium, address, event.place.secret.read_text().strip(), pictures, width)
    said = seen["said"]
    sold = totals(ledgers)
    assert seen["complaints"] == []
    assert all(page["wide"] <= width for page in said.values())
    assert format_money(sold.total(), "EUR") in said["Sales"]["text"]
    assert all(format_money(paid, "EUR") in said["Sales"]["text"] for paid in sold.values())
    assert "€8.00 given back" in said["Sales"]["text"]
    assert "#5 was sold more than once" in said["Case"]["text"]
    assert "Waits for an answer" in said["Cases"]["text"]
    assert "Waits for an answer" not in said["Resolved"]["text"]
    assert "One buyer gets the money back" in said["Resolved"]["text"]
    assert _exported(pictures / "sales.csv") == sold
    _check_receipts(pictures)


def _exported(path: Path) -> Counter[str]:
    """Money by method, of the lines that are not void."""
    found: Counter[str] = Counter()
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["void"] == "no":
                found[row["method"]] += round(float(row["paid"]) * 100)
    return found


def _check_receipts(folder: Path) -> None:
    """Each exhibit holds without the collector: its box has signed it."""
    boxes = set()
    for path in folder.glob("exhibit-*.tlog-proof"):
        proof = read_proof(path.read_text())
        leaf = json.loads(proof.extra)
        key = next(box for box in (FIRST, SECOND) if box.public.id == leaf["box"])
        head = read_checkpoint(proof.checkpoint, key.public.raw)
        assert verify_inclusion(leaf_hash(proof.extra), proof.index, head.size, proof.hashes, head.root)
        assert leaf["number"] == 5
        boxes.add(leaf["box"])
    assert boxes == {FIRST.public.id, SECOND.public.id}
