"""Numbers that a box gave up come to another: release, collect, allot, bundle, sell."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from appliance.core.sale import Order
from appliance.errors import SaleError
from appliance.founding import found
from appliance.premises import open_stall_in
from appliance.stall.attachments import Load
from appliance.stall.stall import Stall
from provisioning.quickstart import Started
from tests.provisioning.conftest import Type, answered

SLUG = "harbour-lights"


async def write_out(stall: Stall, stick: Path) -> Path:
    out = stick / "STALLBOX" / "OUT"
    out.mkdir(parents=True)
    async for name, data in stall.outbox(Load.WAITING, 4 * 1024 * 1024):
        (out / name).write_bytes(data)
    return stick


async def test_from_one_box_to_the_other(started: Started, type_: Type, tmp_path: Path) -> None:
    """Without the collector's word the refusal says what to do; with it the other box sells the number, the first
    does not."""
    at = ("--workspace", started.workspace.folder)
    answered(type_(*at, "key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    answered(type_(*at, "box", "add", "Stall 8", "--json"))
    assert type_(*at, "trust", "sign").exit_code == 0
    first = tmp_path / "first"
    found(started.workspace.box("Stall 7"), first)
    async with open_stall_in(first) as (stall, _):
        await stall.papers.ingest(started.bundle)
        entry = await stall.release.release(SLUG, [[1, 2], [4, 10]])
        stick = await write_out(stall, tmp_path / "stick")
    wish = ("allot", SLUG, "Stall 8=1-2,4-9", "--json")
    refused = type_(*at, *wish)
    assert refused.exit_code == 1
    assert f"stallbox release {SLUG} 1-2,4-9` on Stall 7" in refused.output

    collector = tmp_path / "collector"
    collected = await asyncio.to_thread(type_, *at, "collect", "--dir", collector, stick)
    assert collected.exit_code == 0
    assert answered(type_(*at, *wish, "--released", collector))["released"] == {"Stall 7": "1-2,4-10"}
    signed = json.loads((started.workspace.drop(SLUG) / "allotment.2.dsse.json").read_text())
    assert entry in base64.b64decode(signed["payload"]).decode()

    made = {box: answered(type_(*at, "bundle", SLUG, box, "--json")) for box in ("Stall 7", "Stall 8")}
    bundles = {box: Path(each["bundle"]) for box, each in made.items()}
    second = tmp_path / "second"
    found(started.workspace.box("Stall 8"), second)
    async with open_stall_in(second) as (stall, _):
        await stall.papers.ingest(bundles["Stall 8"])
        assert [sale.number for sale in await stall.seller.sell(Order(SLUG))] == [1]
    async with open_stall_in(first) as (stall, _):
        await stall.papers.ingest(bundles["Stall 7"])
        assert [sale.number for sale in await stall.seller.sell(Order(SLUG))] == [3]
        with pytest.raises(SaleError):
            await stall.seller.sell(Order(SLUG))


def test_a_folder_without_a_database(started: Started, type_: Type, tmp_path: Path) -> None:
    """It is refused by the name of what is missing."""
    refused = type_("--workspace", started.workspace.folder, "allot", SLUG, "stall-7=1-10", "--released", tmp_path)
    assert refused.exit_code == 1
    assert "collector.db" in refused.output
