"""`stallbox redeem`, `release` and `close`: the same through the daemon and without it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import entries
from appliance.core.manifest import drop_id
from tests import ledgers
from tests.organizer import NOW, Organizer
from tests.running import Daemon, selling
from tests.test_main import Commands


@pytest.fixture
def organizer(tmp_path: Path) -> Organizer:
    return Organizer(tmp_path)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box with numbers 1 to 10 whose daemon does not run yet."""
    with selling(tmp_path, 10) as made:
        yield made


@pytest.fixture
def type_(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(daemon.data, capsys)


def token(organizer: Organizer, **fields: int) -> str:
    drop = drop_id(organizer.origin, "harbour-lights")
    return organizer.token(organizer.box.public.id, drop, **{"issued": NOW, "expires": NOW + 80_000, **fields})


def test_redeem(daemon: Daemon, type_: Commands, organizer: Organizer) -> None:
    """A token gives its copy once, beside the daemon and without it; the answer has tier, mark and `again`."""
    text = token(organizer)
    first = type_.json("redeem", text)
    assert set(first) == {"group", "sales", "tier", "marked", "again"}
    assert (first["tier"], first["again"]) == ("boxed", False)
    daemon.open()
    again = type_.json("redeem", f"HTTP://10.42.0.1/T/{text}")
    assert again["again"] is True
    assert [sale["number"] for sale in again["sales"]] == [1]
    assert type_("redeem", token(organizer))[1].startswith("Redeemed, boxed")


def test_redeem_of_an_opened_claim(daemon: Daemon, type_: Commands, organizer: Organizer) -> None:
    """A claim that was opened is shown by its address alone: it has no pickup number any more."""
    text = token(organizer)
    assert "#1, pickup number " in type_("redeem", text)[1]
    daemon.open()
    claim = type_.json("redeem", text)["sales"][0]["claim"]
    with urllib.request.urlopen(f"{daemon.address}/c/{claim}/certificate.json") as answer:
        answer.read()
    assert type_("redeem", text)[1].startswith("Redeemed before, boxed, marked: #1, HTTP://")


def test_redeem_refused(daemon: Daemon, type_: Commands, organizer: Organizer) -> None:
    """A refusal is exit code 1 with its code, the same through both doors."""
    large = token(organizer, amount=900)
    alone = type_("redeem", large[:-8], "--json"), type_("redeem", "hello")
    daemon.open()
    assert (type_("redeem", large[:-8], "--json"), type_("redeem", "hello")) == alone
    code, out, error = alone[0]
    assert code == 1
    assert '"code": "malformed"' in out
    assert error.startswith("stallbox: ")


def test_release(daemon: Daemon, type_: Commands) -> None:
    """Numbers are given up all or none, with an entry that names them; the box sells them no more."""
    answer = type_.json("release", "harbour-lights", "2-9")
    key = entries.split_reference(str(answer["entry"]))
    entry = ledgers.log(daemon.data / "ledger.db")[-1]
    assert (entry.type, (entry.incarnation, entry.seq), entry.fields["ranges"]) == ("release", key, [[2, 9]])
    daemon.open()
    code, _, error = type_("release", "harbour-lights", "1,9-10")
    assert (code, "Number 9 is not free" in error) == (1, True)
    assert type_("release", "harbour-lights", "10")[1].startswith("Released under ")
    assert type_.json("sell", "harbour-lights")["sales"][0]["number"] == 1
    assert type_("sell", "harbour-lights")[0] == 1


@pytest.mark.parametrize("ranges", ["", "x", "3-", "-3", "0", "1,,2", "1-2-3"])
def test_release_usage(type_: Commands, ranges: str) -> None:
    """What is no list of numbers is exit code 2."""
    with pytest.raises(SystemExit) as ended:
        type_("release", "harbour-lights", ranges)
    assert ended.value.code == 2


def test_close(daemon: Daemon, type_: Commands, organizer: Organizer) -> None:
    """The close has the sums of everything since the last one, in words and as JSON, and is an entry."""
    type_.json("sell", "harbour-lights", "--quantity", "2", "--tip", "1.00")
    type_.json("redeem", token(organizer))
    code, out, _ = type_("close")
    assert code == 0
    assert "This is no fiscal record." in out
    assert "  Harbour Lights: download, cash: 2 for €17.00\n" in out
    assert "  Harbour Lights: download, token, boxed: 1 for €8.00\n" in out
    assert type_.json("close")["funnel"] is None, "a box that does not run sees no phones"
    daemon.open()
    answer = type_.json("close")
    assert set(answer) == {"entry", "time", "totals", "by_phone", "oldest_unsynced_s", "funnel"}
    assert answer["funnel"]["all"]["joined"] == 0
    assert answer["totals"]["rows"] == []
    assert "Phones: 0 on the Wi-Fi, 0 opened a page, 0 paid, 0 have their files." in type_("close")[1]
    assert ledgers.log(daemon.data / "ledger.db")[-1].type == "close"
