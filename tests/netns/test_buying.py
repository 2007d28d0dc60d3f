"""From the number on the screen to the files on the phone."""

from __future__ import annotations

import hashlib
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.core.network import ON_LINK
from appliance.core.probes import System
from appliance.core.timeline import Step
from provisioning.doctor.phones import PAGE_AGENTS
from tests.netns.phones import Phone
from tests.netns.world import FILES, LONG_FILE, World

pytestmark = pytest.mark.netns

SHOP = f"http://{ON_LINK}"
ANDROID, IPHONE = PAGE_AGENTS[System.ANDROID], PAGE_AGENTS[System.APPLE]
BROKEN_OFF = 'curl --silent "$1" | head --bytes=100000 | wc --bytes'


def open_claim(phone: Phone, pickup: str, agent: str) -> tuple[str, str]:
    """Types the number into the page; the claim's address, and where its button leads."""
    url, page = phone.browse(f"{SHOP}/pickup", agent, "--data-urlencode", f"number={pickup}")
    assert page.status == 200
    button = re.search(r'href="([^"]+)"[^>]*>Download everything', page.body.decode())
    assert button is not None
    return url, SHOP + button[1]


def save(phone: Phone, url: str, path: Path, *options: str) -> None:
    phone.machine.run("curl", "--silent", "--show-error", "--fail", "--output", str(path), *options, url)


def check(archive: Path) -> None:
    """Every file of the drop is in it as its creator made it."""
    with zipfile.ZipFile(archive) as opened:
        found = {name.rpartition("/")[2]: opened.read(name) for name in opened.namelist()}
    assert {name: hashlib.sha256(found[name]).digest() for name in FILES} == {
        name: hashlib.sha256(data).digest() for name, data in FILES.items()
    }


def test_android(stall: World, phone: Phone, tmp_path: Path) -> None:
    """Its window's GET breaks off; its download service begins anew from byte 0, without a cookie, and has it all."""
    before, copy = stall.sold(), stall.sell()
    _, page = phone.browse("http://connectivitycheck.gstatic.com/generate_204", ANDROID)
    assert b'action="/pickup"' in page.body
    claim, archive = open_claim(phone, copy["pickup"], ANDROID)
    assert phone.machine.run("sh", "-euc", BROKEN_OFF, "broken", archive).strip() == "100000"
    save(phone, archive, tmp_path / "all.zip")
    check(tmp_path / "all.zip")
    assert b"Done: everything has gone out" in phone.browse(claim, ANDROID)[1].body
    assert stall.sold() == before + 1
    assert all(step.words in stall.seen(phone) for step in Step if step is not Step.JOINED)


def test_iphone(stall: World, phone: Phone, tmp_path: Path) -> None:
    """Safari opens the code on the screen; a file that broke off goes on where it stopped."""
    copy = stall.sell()
    _, archive = open_claim(phone, copy["pickup"], IPHONE)
    file, saved = archive.replace("all.zip", f"files/{LONG_FILE}"), tmp_path / LONG_FILE
    save(phone, file, saved, "--range", "0-999999")
    save(phone, file, saved, "--continue-at", "-")
    assert hashlib.sha256(saved.read_bytes()).digest() == hashlib.sha256(FILES[LONG_FILE]).digest()


def test_three_at_once(stall: World, tmp_path: Path) -> None:
    """Three phones with three numbers download at the same time, and each has a copy of its own."""
    copies = [stall.sell() for _ in stall.phones]
    assert len({copy["number"] for copy in copies}) == 3

    def buy(phone: Phone, copy: dict[str, str]) -> None:
        claim, archive = open_claim(phone.join(), copy["pickup"], ANDROID)
        assert copy["claim"].replace("-", "").lower() in claim.replace("-", "").lower()
        path = tmp_path / f"{copy['number']}.zip"
        save(phone, archive, path)
        check(path)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(buy, stall.phones, copies))


def test_a_wrong_number(phone: Phone) -> None:
    """A number that nobody has opens nothing and says so beside the field."""
    url, page = phone.browse(f"{SHOP}/pickup", ANDROID, "--data-urlencode", "number=0000")
    assert (url, page.status) == (f"{SHOP}/pickup", 404)
    assert b'role="alert"' in page.body
