"""`contacts export`: what a box sealed is read on the organizer's machine, and only there, and only what belongs."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.public import PublicKey, SealedBox

from appliance.core.attachments import Attachment, Form
from appliance.core.batch import attach
from appliance.core.contact import Contact, compose
from appliance.core.documents import digest
from appliance.core.keys import ContactKey, write_key_file
from appliance.core.manifest import parse as read_manifest
from appliance.core.sale import Order
from appliance.errors import KeyFileError, StoreError
from appliance.files import write_durably
from provisioning import contacts
from provisioning.collector import database, exports
from provisioning.collector.known import Known
from provisioning.contacts import HEADINGS, held_in, open_all, table
from provisioning.keys import new_contact_key
from provisioning.quickstart import Started
from tests.box import stall_with
from tests.organizer import NOW, Organizer, key
from tests.provisioning.collecting import BOX, CHAIN, OTHER, claim, take
from tests.provisioning.conftest import Type, answered
from tests.provisioning.ledgers import Ledger

KEY = new_contact_key()
MANIFEST = read_manifest(Organizer(Path()).drop().manifest_payload())
KNOWN = Known(CHAIN, {MANIFEST.drop: MANIFEST}, ())
ANA = Contact("ana@example.org", MANIFEST.drop, "en", True)
Sealed = list[Attachment]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(database.connect(tmp_path / "collector.db")) as made:
        yield made


def seal(contact: Contact, to: ContactKey = KEY) -> bytes:
    return SealedBox(PublicKey(b64decode(to.public))).encrypt(compose(contact))


def leave(ledger: Ledger, sealed: bytes, number: int = 1, sale: str | None = None) -> Attachment:
    """A sale, unless one is named, and the address that was left with it."""
    about = sale or ledger.sell(MANIFEST.drop, number, None, claim(number)).reference
    entry = ledger.add("contact", sale=about, sha256=digest(sealed))
    return Attachment(entry.seq, Form.SEALED, sealed)


def send(db: sqlite3.Connection, ledger: Ledger, *attached: Attachment) -> None:
    take(db, attach(ledger.batch(), [each.line() for each in attached]))


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_opened(db: sqlite3.Connection, tmp_path: Path) -> None:
    """One line for each address and drop, with where and when it was left."""
    ledger = Ledger(BOX)
    send(db, ledger, leave(ledger, seal(ANA)))
    opened = open_all(held_in(tmp_path / "collector.db"), KEY)
    line = ["ana@example.org", "harbour-lights", "Harbour Lights", "en", "yes", "2026-11-30T00:53:22Z", "Stall 7"]
    assert rows(table(opened.left, KNOWN)) == [list(HEADINGS), line]
    assert opened.unopened == 0


def test_every_export(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The database, the export as JSON and the export as one file hold the same."""
    ledger = Ledger(BOX)
    first, second = leave(ledger, seal(ANA)), leave(ledger, seal(replace(ANA, email="bo@example.org")), 2)
    send(db, ledger, first, second)
    (tmp_path / "all.json").write_text("".join(exports.everything_json(db, KNOWN)))
    exports.one_file(db, KNOWN, tmp_path / "all.db")
    found = [open_all(held_in(tmp_path / name), KEY) for name in ("collector.db", "all.json", "all.db")]
    assert [each.contact.email for each in found[0].left] == ["ana@example.org", "bo@example.org"]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"SQLite format 3\0", b'{"entries":[{}],"attachments":[]}'])
def test_another_file(tmp_path: Path, content: bytes) -> None:
    """What a collector has not written is named in a sentence."""
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(StoreError, match="neither"):
        held_in(tmp_path / "other")


def test_once(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Who left an address twice, in two spellings and at two boxes, is listed once for each drop, as left last."""
    here, there = Ledger(BOX), Ledger(OTHER)
    mine = [leave(here, seal(ANA)), leave(here, seal(replace(ANA, email="Ana@Example.org")), 2)]
    theirs = [leave(there, seal(replace(ANA, drop="00112233445566aa", email="ANA@EXAMPLE.ORG")), 3)]
    send(db, here, *mine)
    send(db, there, *theirs)
    opened = open_all(held_in(tmp_path / "collector.db"), KEY)
    assert sorted(each.contact.email for each in opened.left) == ["ANA@EXAMPLE.ORG", "Ana@Example.org"]


def test_erased(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Where a second address was left with one sale the buyer has erased the first: that is not listed."""
    ledger = Ledger(BOX)
    first = leave(ledger, seal(ANA))
    sale = "5:1"
    send(db, ledger, first)
    second = leave(ledger, seal(replace(ANA, email="bo@example.org")), sale=sale)
    send(db, ledger, second)
    opened = open_all(held_in(tmp_path / "collector.db"), KEY)
    assert [each.contact.email for each in opened.left] == ["bo@example.org"]
    leave(ledger, seal(replace(ANA, email="cy@example.org")), sale=sale)
    send(db, ledger)
    assert open_all(held_in(tmp_path / "collector.db"), KEY).left == ()


def test_what_belongs(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Sealed bytes that came before an entry which turned out to hold another digest are not listed."""
    ledger = Ledger(BOX)
    good = leave(ledger, seal(ANA))
    early, late = ledger.batch(0, 2), ledger.batch()
    take(db, attach(early, [Attachment(good.seq, Form.SEALED, seal(replace(ANA, email="eve@example.org"))).line()]))
    take(db, attach(late, [good.line()]))
    assert [each.contact.email for each in open_all(held_in(tmp_path / "collector.db"), KEY).left] == [ANA.email]


def test_other_keys(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What does not open is counted, garbage included; a key that opens nothing is refused."""
    other, ledger = new_contact_key(), Ledger(BOX)
    sealed = [seal(ANA), seal(ANA, other), b"short", SealedBox(PublicKey(b64decode(KEY.public))).encrypt(b"no contact")]
    send(db, ledger, *(leave(ledger, data, number) for number, data in enumerate(sealed, 1)))
    held = held_in(tmp_path / "collector.db")
    opened = open_all(held, KEY)
    assert ([each.contact for each in opened.left], opened.unopened) == ([ANA], 3)
    with pytest.raises(KeyFileError, match="opens none of the 4"):
        open_all(held, new_contact_key())


def test_no_formula() -> None:
    """An address that a spreadsheet would take for a formula is text."""
    evil = contacts.Left(replace(ANA, email="=cmd|x!a0@example.org"), BOX.public.id, NOW)
    (_, row) = rows(table([evil], KNOWN))
    assert row[0] == "'=cmd|x!a0@example.org"


async def test_from_a_box(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What a buyer typed on a box comes out of the collector's export, and what was erased there does not."""
    organizer = Organizer(tmp_path / "organizer")
    organizer.add_trust(contact_key=KEY.public)
    drop = organizer.drop(size=10)
    async with stall_with(tmp_path / "box", organizer, drop.bundle(tmp_path / "organizer")) as stall:
        copies = [await stall.seller.sell(Order("harbour-lights")) for _ in range(3)]
        for (copy,), name in zip(copies, ("ana", "bo", "cy"), strict=True):
            claim = await stall.claims.find(copy.claim, "10.42.0.7")
            await stall.contacts.leave(claim, f" {name}@example.org ", "en", has_consented=True)
        await stall.contacts.erase(copies[1][0].sale)
        for data in [data async for _, data in stall.batches()]:
            take(db, data)
    opened = open_all(held_in(tmp_path / "collector.db"), KEY)
    assert [each.contact for each in opened.left] == [ANA, replace(ANA, email="cy@example.org")]
    assert db.execute("select count(*) from entries where type = 'contact'").fetchone() == (3,)


class TestCommand:
    @pytest.fixture
    def held(self, db: sqlite3.Connection, tmp_path: Path) -> Path:
        """The folder of a collector that holds an address."""
        ledger = Ledger(BOX)
        send(db, ledger, leave(ledger, seal(ANA)))
        write_durably(tmp_path / "contact.key", write_key_file(KEY, None), 0o600)
        write_durably(tmp_path / "signing.key", write_key_file(key("issuer"), None), 0o600)
        return tmp_path

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, type_: Type, started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("STALLBOX_WORKSPACE", str(started.workspace.folder))

    def test_written(self, held: Path, type_: Type) -> None:
        """The table is readable by nobody else, and the answer counts."""
        words = ("contacts", "export", "--key", "contact.key", "--dir", held, "--json")
        assert answered(type_(*words)) == {"file": "contacts.csv", "addresses": 1, "unopened": 0}
        assert (held / "contacts.csv").stat().st_mode & 0o777 == 0o600
        assert rows((held / "contacts.csv").read_bytes())[1][0] == "ana@example.org"

    def test_some_do_not_open(self, held: Path, db: sqlite3.Connection, type_: Type) -> None:
        """How many were sealed for another key is said on stderr."""
        ledger = Ledger(OTHER)
        send(db, ledger, leave(ledger, seal(ANA, new_contact_key()), 4))
        result = type_("contacts", "export", "--key", "contact.key", "--dir", held)
        assert "1 address." in result.stdout
        assert "1 address more, sealed for another key" in result.stderr

    def test_the_workspaces_own_key(self, held: Path, type_: Type) -> None:
        """Without --key it is the workspace's only contact key; one that opens nothing is a refusal in one sentence."""
        missing = type_("contacts", "export", "--dir", held)
        assert (missing.exit_code, "no contact key yet" in missing.stderr) == (1, True)
        answered(type_("key", "new", "contact", "aftercare", "--text", "Twice a year.", "--no-passphrase", "--json"))
        wrong = type_("contacts", "export", "--dir", held)
        assert (wrong.exit_code, "opens none of the 1" in wrong.stderr) == (1, True)
        assert not (held / "contacts.csv").exists()

    def test_refusals(self, held: Path, type_: Type) -> None:
        """A signing key and a folder without a collector are named."""
        signing = type_("contacts", "export", "--key", "signing.key", "--dir", held)
        assert (signing.exit_code, "a contact key is needed" in signing.stderr) == (1, True)
        nothing = type_("contacts", "export", "--key", "contact.key")
        assert (nothing.exit_code, "no collector's database at collector/collector.db" in nothing.stderr) == (1, True)

    def test_words(self, started: Started, type_: Type) -> None:
        """What buyers are told goes into the roster, and stays when the key is changed without words."""
        for name, words in (("one", ("--text", "Twice a year.")), ("two", ())):
            made = answered(type_("key", "new", "contact", name, *words, "--no-passphrase", "--json"))
            roster = json.loads(started.workspace.roster.read_text())
            assert (roster["contact_key"], roster["contact_text"]) == (made["public"], "Twice a year.")
