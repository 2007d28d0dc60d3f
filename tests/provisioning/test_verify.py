"""verify: every link from a buyer's download up to the organizer, each broken once, each left out once."""

from __future__ import annotations

import json
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest

from appliance.core import certificate
from appliance.core.claim import claim_hash
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.core.keys import PrivateKey, read_private_key
from provisioning.drops import DropFolder
from provisioning.quickstart import Started
from provisioning.verify import Finding, State, verify
from tests.organizer import DAY, NOW, key
from tests.provisioning.conftest import Type, answered
from tests.provisioning.ledgers import Ledger

CODE = "7KQ2ABCDEFGHJKMN"
NUMBER = 3


class Buyer:
    """What a buyer of copy 3 has, and what the stall could give her on top. Every method may be bent by a test."""

    def __init__(self, started: Started, folder: Path) -> None:
        self.folder = folder
        self.started = started
        self.bundle = started.bundle
        self.box: PrivateKey = read_private_key((started.box.folder / "box.key").read_bytes())
        self.drop = started.packed.manifest
        self.line = DropFolder(started.workspace.drop(self.drop.slug)).lines()[NUMBER - 1]
        self.ledger = Ledger(self.box)
        self.sale = self.ledger.sell(self.drop.drop, NUMBER, self.line, claim_hash(CODE))
        self.files = {item.path: (self.bundle / "files" / item.path).read_bytes() for item in self.drop.files}

    def archive(self, receipt: bytes | None = None) -> Path:
        path = self.folder / "harbour-lights.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.files.items():
                archive.writestr(f"{self.drop.slug}/{name}", data)
            archive.writestr("certificate.json", self.line)
            archive.writestr("receipt.tlog-proof", receipt or self.ledger.receipt(self.sale.seq))
        return path

    def export(self, name: str = "export.ndjson", ledger: Ledger | None = None) -> Path:
        return self.write(name, (ledger or self.ledger).batch())

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def judge(self, path: Path, *more: Path, code: str | None = None, pin: str | None = None) -> Finding:
        """What is found of `path`, in the light of the others."""
        _, findings = verify([path, *more], now=NOW, code=code, pin=pin)
        return next(finding for finding in findings if finding.file == str(path))


@pytest.fixture
def buyer(started: Started, tmp_path: Path) -> Buyer:
    folder = tmp_path / "buyer"
    folder.mkdir()
    return Buyer(started, folder)


def _links(finding: Finding) -> dict[str, State]:
    return {link.name: link.state for link in finding.links}


def _broken(finding: Finding) -> str:
    """The links that do not hold, as the person reads them."""
    assert finding.state is State.FAILS
    return "\n".join(f"{link.name}: {link.said}" for link in finding.links if link.state is State.FAILS)


def test_with_everything_at_hand_every_link_holds(buyer: Buyer) -> None:
    """Creator, trust, allotment, entry, inclusion proof, checkpoint, files, no later void, claim code."""
    archive = buyer.archive()
    buyer.ledger.add("opened", sale=buyer.sale.reference)
    found = buyer.judge(archive, buyer.bundle, buyer.export(), code="7kq2-abcd-efgh-jkmn")
    assert found.state is State.HOLDS
    assert set(_links(found).values()) == {State.HOLDS}
    wanted = {"creator", "trust", "allotment", "entry", "inclusion proof", "checkpoint", "later void", "claim code"}
    assert wanted <= set(_links(found))
    assert found.what == "archive of “Harbour Lights”, #3 of 10"


def test_what_nobody_gave_is_named(buyer: Buyer) -> None:
    """Without a newer ledger and the code the copy holds, and both are said to be unchecked."""
    found = buyer.judge(buyer.archive(), buyer.bundle)
    assert found.state is State.HOLDS
    assert {name for name, state in _links(found).items() if state is State.MISSING} == {"later void", "claim code"}


def test_without_trust_nothing_is_proved(buyer: Buyer) -> None:
    """An archive alone is no proof, and the first thing that is missing is said."""
    found = buyer.judge(buyer.archive())
    assert found.state is State.MISSING
    assert _links(found)["trust"] is State.MISSING


@pytest.mark.parametrize(("left_out", "link"), [("manifest", "manifest"), ("allotment.1", "allotment")])
def test_a_paper_that_is_missing_is_named(buyer: Buyer, left_out: str, link: str) -> None:
    """Without it the copy is not proved."""
    (buyer.bundle / f"{left_out}.dsse.json").unlink()
    found = buyer.judge(buyer.archive(), buyer.bundle)
    assert found.state is State.MISSING
    assert _links(found)[link] is State.MISSING


def test_another_organizers_papers_do_not_count(buyer: Buyer) -> None:
    """With the pin named, trust begins there and nowhere else."""
    assert buyer.judge(buyer.archive(), buyer.bundle, pin=buyer.started.box.pin).state is State.HOLDS
    other = buyer.judge(buyer.bundle / "trust.1.dsse.json", pin="0" * 64)
    assert "chain" in _broken(other)
    assert buyer.judge(buyer.archive(), buyer.bundle, pin="0" * 64).state is State.MISSING


def test_an_unnamed_beginning_is_said(buyer: Buyer) -> None:
    """Where nobody named the pin, the person is told to compare it."""
    found = buyer.judge(buyer.bundle / "trust.1.dsse.json")
    assert _links(found)["pin"] is State.MISSING
    assert buyer.started.box.pin in " ".join(link.said for link in found.links)


def test_somebody_elses_certificate_is_none(buyer: Buyer) -> None:
    """A stranger may sign a certificate that holds by itself; its issuer is not the creator."""
    copy = certificate.read(buyer.line).copy
    buyer.line = certificate.issue(copy, key("stranger"), NOW)
    buyer.sale = buyer.ledger.sell(buyer.drop.drop, NUMBER, buyer.line, claim_hash(CODE))
    assert "creator: its issuer" in _broken(buyer.judge(buyer.archive(), buyer.bundle))


def test_a_certificate_of_another_number_does_not_go_with_the_sale(buyer: Buyer) -> None:
    """Copy 4's certificate with copy 3's receipt is refused."""
    buyer.line = DropFolder(buyer.started.workspace.drop(buyer.drop.slug)).lines()[NUMBER]
    assert "is not the sale of this copy" in _broken(buyer.judge(buyer.archive(), buyer.bundle))


def test_a_sale_of_another_certificate_does_not_count(buyer: Buyer) -> None:
    """The entry names the digest of the very line."""
    other = certificate.issue(certificate.read(buyer.line).copy, key("other"), NOW)
    buyer.sale = buyer.ledger.sell(buyer.drop.drop, NUMBER, other, claim_hash(CODE))
    assert "another certificate" in _broken(buyer.judge(buyer.archive(), buyer.bundle))


def test_a_number_of_another_box_is_refused(buyer: Buyer) -> None:
    """A box that sells what no allotment gave it proves nothing."""
    workspace, papers = buyer.started.workspace, buyer.bundle
    fields = json.loads(_payload(papers / "allotment.1.dsse.json"))
    fields["boxes"][0]["ranges"], fields["reserve"] = [[4, 10]], [[1, 3]]
    creator = read_private_key(workspace.key("creator", "Ana Reyes").read_bytes())
    (papers / "allotment.1.dsse.json").write_bytes(sign(Kind.ALLOTMENT, write_json(fields), [creator]))
    assert "#3 was never given" in _broken(buyer.judge(buyer.archive(), papers))


def _payload(path: Path) -> bytes:
    return b64decode(json.loads(path.read_bytes())["payload"])


def test_a_box_that_nobody_lists_is_refused(buyer: Buyer) -> None:
    """A ledger kept by a stranger's box holds by itself and proves nothing."""
    buyer.ledger = Ledger(key("strange box"))
    buyer.sale = buyer.ledger.sell(buyer.drop.drop, NUMBER, buyer.line, claim_hash(CODE))
    assert "no trust document lists box" in _broken(buyer.judge(buyer.archive(), buyer.bundle))
    assert "no trust document lists box" in _broken(buyer.judge(buyer.export(), buyer.bundle))


def test_an_entry_that_is_not_under_the_checkpoint_is_refused(buyer: Buyer) -> None:
    """A receipt whose leaf was changed does not stand under the signed root."""
    other = Ledger(buyer.box)
    other.sell(buyer.drop.drop, NUMBER, buyer.line, claim_hash(CODE), amount=900)
    mine, theirs = buyer.ledger.receipt(1).split(b"\n"), other.receipt(1).split(b"\n")
    mixed = b"\n".join([mine[0], theirs[1], *mine[2:]])
    assert "inclusion proof" in _broken(buyer.judge(buyer.archive(mixed), buyer.bundle))


def test_a_checkpoint_that_the_box_did_not_sign_is_refused(buyer: Buyer) -> None:
    """One changed character of the root, and the signature does not hold."""
    lines = buyer.ledger.receipt(1).split(b"\n\n")
    body = lines[1].split(b"\n")
    body[1] = b"3"
    forged = b"\n\n".join([lines[0], b"\n".join(body), *lines[2:]])
    assert "signature" in _broken(buyer.judge(buyer.archive(forged), buyer.bundle))


def test_a_later_void_ends_it(buyer: Buyer) -> None:
    """With a newer ledger, a sale that was taken back no longer holds; the sentence says by which entry and why."""
    archive = buyer.archive()
    buyer.ledger.add("void", sale=buyer.sale.reference, reason="brought back", returned=False, by=None)
    said = _broken(buyer.judge(archive, buyer.bundle, buyer.export()))
    assert "taken back by entry 5:2" in said
    assert "brought back" in said


def test_no_later_void_is_said_up_to_where_it_was_looked(buyer: Buyer) -> None:
    """The reach of the ledger at hand is part of the answer; an older ledger reaches nothing."""
    archive, old = buyer.archive(), buyer.export("old.ndjson")
    for _ in range(3):
        buyer.ledger.add("opened", sale=buyer.sale.reference)
    found = buyer.judge(archive, buyer.bundle, buyer.export())
    assert any(link.said == "none up to entry 5:4." for link in found.links)
    assert _links(buyer.judge(archive, buyer.bundle, old))["later void"] is State.MISSING


def test_a_void_in_a_later_incarnation_counts(buyer: Buyer) -> None:
    """The order of incarnations does not matter: any entry that names the sale ends it."""
    later = Ledger(buyer.box, 9)
    later.add("void", sale=buyer.sale.reference, reason="brought back", returned=False, by=1)
    assert "9:1" in _broken(buyer.judge(buyer.archive(), buyer.bundle, buyer.export("later.ndjson", later)))


def test_two_entries_in_one_place_are_a_fork(buyer: Buyer) -> None:
    """A ledger that has another entry where the receipt has this one is evidence against the box."""
    other = Ledger(buyer.box)
    other.sell(buyer.drop.drop, 4, None, claim_hash(CODE))
    forked = buyer.export("forked.ndjson", other)
    assert "another entry 5:1" in _broken(buyer.judge(buyer.archive(), buyer.bundle, forked))
    _, findings = verify([buyer.bundle, buyer.export(), forked], now=NOW)
    assert "two different entries 1" in _broken(findings[-1])


def test_the_claim_code_shows_who_holds_it(buyer: Buyer) -> None:
    """Another code is refused; after a rotation the newest counts, and the old one no more."""
    archive = buyer.archive()
    assert "claim code" in _broken(buyer.judge(archive, buyer.bundle, code="0000-0000-0000-0000"))
    assert "claim code" in _broken(buyer.judge(archive, buyer.bundle, code="no code at all"))
    new = "7K00000000000000"
    buyer.ledger.add("claim", sale=buyer.sale.reference, claim=claim_hash(new), lifetime=0, budget=0)
    buyer.ledger.add("claim", sale=buyer.sale.reference, claim=None, lifetime=600, budget=0)
    assert buyer.judge(archive, buyer.bundle, buyer.export(), code=new).state is State.HOLDS
    assert "claim code" in _broken(buyer.judge(archive, buyer.bundle, buyer.export(), code=CODE))


def test_every_file_is_compared(buyer: Buyer) -> None:
    """A changed, a shortened and a missing file are named."""
    good = dict(buyer.files)
    for change in (b"x" * 3000, b"short"):
        buyer.files = good | {"01-pier.jpg": change}
        assert "“01-pier.jpg” is not the file" in _broken(buyer.judge(buyer.archive(), buyer.bundle))
    del buyer.files["01-pier.jpg"]
    assert "“01-pier.jpg” is missing" in _broken(buyer.judge(buyer.archive(), buyer.bundle))


def test_an_open_copy_is_its_boxs(buyer: Buyer) -> None:
    """In an open edition the box signs the certificate, over the place of the sale in its ledger."""
    copy = certificate.open_copy(buyer.drop.drop, "Harbour Lights", buyer.box.public.id, 5, 2)
    line = certificate.issue(copy, buyer.box, NOW)
    buyer.ledger.sell(buyer.drop.drop, None, line, claim_hash(CODE))
    path = buyer.write("certificate.json", line)
    receipt = buyer.write("receipt.tlog-proof", buyer.ledger.receipt(2))
    found = buyer.judge(path, receipt, buyer.bundle)
    assert found.state is State.HOLDS
    assert _links(found)["issuer"] is State.HOLDS


def test_a_certificate_finds_its_sale_among_the_files(buyer: Buyer) -> None:
    """In a receipt or in an export; without either the ledger entry is what is missing."""
    path = buyer.write("certificate.json", buyer.line + b"\n")
    receipt = buyer.write("receipt.tlog-proof", buyer.ledger.receipt(1))
    assert _links(buyer.judge(path, buyer.bundle))["entry"] is State.MISSING
    for more in (receipt, buyer.export()):
        found = buyer.judge(path, buyer.bundle, more)
        assert found.state is State.HOLDS
        assert _links(found)["sale"] is State.HOLDS
    assert buyer.judge(receipt, buyer.bundle).what == "receipt of entry 5:1 (sale of #3)"


def test_a_bundle_holds_file_by_file(buyer: Buyer) -> None:
    """Each paper and the certificate pack is judged; photos are no evidence and are passed over."""
    _, findings = verify([buyer.bundle], now=NOW)
    assert [finding.state for finding in findings] == [State.HOLDS] * 4
    assert [finding.what.split()[0] for finding in findings] == ["trust", "manifest", "allotment", "10"]


def test_a_flipped_bit_in_a_pack_is_found(buyer: Buyer) -> None:
    """The line is named."""
    [pack] = buyer.bundle.glob("certificates.*")
    lines = pack.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b'"number":5', b'"number":6')
    pack.write_bytes(b"\n".join(lines))
    assert "line 5" in _broken(buyer.judge(pack, buyer.bundle))


def test_an_expired_paper_is_said_and_still_proves(buyer: Buyer) -> None:
    """What was sold before the end stands."""
    _, findings = verify([buyer.bundle, buyer.archive()], now=NOW + 400 * DAY)
    assert {finding.state for finding in findings} == {State.HOLDS}
    assert f"expired on {format_time(NOW + 365 * DAY)}" in findings[0].links[-1].said


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b"hello", b"PK\x03\x04 broken", b'{"payloadType":"x"}', b"c2sp.org/tlog-proof@v1\n"]
)
def test_what_is_no_evidence_is_said(buyer: Buyer, data: bytes) -> None:
    """A file that was named and is nothing of ours does not hold, whatever it is."""
    assert buyer.judge(buyer.write("file", data)).state is State.FAILS


def test_the_command_answers_people_and_scripts(buyer: Buyer, type_: Type) -> None:
    """Exit code 0 only where every file holds; in a workspace its papers need not be named."""
    archive, workspace = buyer.archive(), buyer.started.workspace.folder
    alone = type_("verify", archive)
    assert alone.exit_code == 1
    assert "not checked" in alone.stdout
    home = answered(type_("verify", archive, "--workspace", workspace, "--code", CODE, "--json"))
    assert (home["named"], home["pin"]) == (True, buyer.started.box.pin)
    assert [finding["state"] for finding in home["findings"]] == ["holds"]
    assert type_("verify", archive, "--pin", "xyz").exit_code == 2


def test_a_folder_with_nothing_known(type_: Type, tmp_path: Path) -> None:
    """It says so and ends with 1: silence would look like a yes."""
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "list.txt").write_text("towels")
    refused = type_("verify", tmp_path / "holiday")
    assert refused.exit_code == 1
    assert "Nothing in" in refused.output
