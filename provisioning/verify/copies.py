"""One sold copy: certificate, ledger entry, receipt, archive, link by link up to the organizer (FORMATS §4, end)."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass

from appliance.core import certificate, entries, tlog
from appliance.core.certificate import MAX_LINE, Certificate
from appliance.core.documents import digest
from appliance.core.entries import Entry
from appliance.errors import PaperError
from provisioning.verify.case import Case
from provisioning.verify.evidence import Piece
from provisioning.verify.finding import Finding, Link, fails, holds, missing
from provisioning.verify.ledgers import claim_code, later_void
from provisioning.verify.papers import NO_TRUST, issuer, trusted

_MAX_RECEIPT = 256 * 1024
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sale's entry as a receipt shows it, and the links that tie it to its box."""

    entry: Entry
    leaf: bytes
    links: tuple[Link, ...]


def judge_receipt(case: Case, piece: Piece) -> Finding:
    """The entry, its inclusion proof, its checkpoint; remembered for the certificate that it goes with."""
    receipt = _read_receipt(case, piece.data)
    entry = receipt.entry
    if entry.type == "sale" and isinstance(named := entry.fields["certificate"], str):
        case.sales[named] = (entry, receipt.leaf)
    return Finding(str(piece.path), f"receipt of {_said(entry)}", (*receipt.links, *_after(case, receipt)))


def _read_receipt(case: Case, data: bytes) -> Receipt:
    proof = tlog.read_proof(_text(data))
    entry = entries.read(proof.extra)
    box = case.box(entry.box)
    if case.chain is None:
        return Receipt(entry, proof.extra, (NO_TRUST,))
    if box is None:
        return Receipt(entry, proof.extra, (fails("box", f"no trust document lists box {entry.box}."),))
    checkpoint = tlog.read_checkpoint(proof.checkpoint, box.key.raw)
    if checkpoint.origin != tlog.origin(entry.box, entry.incarnation):
        return Receipt(entry, proof.extra, (fails("checkpoint", "it is of another ledger than the entry."),))
    if proof.index != entry.seq or not proof.stands_under(checkpoint):
        return Receipt(entry, proof.extra, (fails("inclusion proof", "the entry is not under the checkpoint."),))
    return Receipt(
        entry,
        proof.extra,
        (
            holds("entry", f"{entry.reference} of {box.name}."),
            holds("inclusion proof", f"the entry stands under the checkpoint of size {checkpoint.size}."),
            holds("checkpoint", f"signed by {box.name}."),
            trusted(case.chain),
        ),
    )


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise PaperError("doc-malformed", "The receipt is not text.") from error


def _said(entry: Entry) -> str:
    number = entry.fields.get("number")
    return f"entry {entry.reference} ({entry.type}{f' of #{number}' if number else ''})"


def _after(case: Case, receipt: Receipt) -> tuple[Link, ...]:
    if receipt.entry.type != "sale":
        return ()
    return later_void(case, receipt.entry, receipt.leaf), claim_code(case, receipt.entry)


def judge_certificate(case: Case, piece: Piece) -> Finding:
    """A certificate; with its ledger entry where a receipt or a batch among the files has it."""
    line = piece.data.removesuffix(b"\n")
    found = certificate.read(line)
    links = [holds("proof", "the certificate holds by itself."), _issuer(case, found)]
    known = case.sales.get(digest(line)) or _from_ledgers(case, digest(line))
    if known is None:
        links.append(missing("entry", "give the receipt, too: the ledger entry gives the number away."))
    else:
        receipt = Receipt(known[0], known[1], ())
        links += [_same_sale(line, found, receipt.entry), _allotted(case, found, receipt.entry), *_after(case, receipt)]
    return Finding(str(piece.path), _copy_said(found), tuple(links))


def _from_ledgers(case: Case, certificate_digest: str) -> tuple[Entry, bytes] | None:
    for ledger in case.ledgers.values():
        for seq, entry in ledger.entries.items():
            if entry.type == "sale" and entry.fields["certificate"] == certificate_digest:
                return entry, ledger.leaves[seq]
    return None


def _copy_said(found: Certificate) -> str:
    copy = found.copy
    return f"“{copy.title}”" + ("" if copy.number is None else f", #{copy.number} of {copy.of}")


def _issuer(case: Case, found: Certificate) -> Link:
    if found.copy.number is not None:
        return issuer(case, found)
    if case.chain is None:
        return NO_TRUST
    box = case.box(found.issuer.id)
    if box is None or box.key != found.issuer:
        return fails("issuer", f"its issuer {found.issuer.id} is no box of this event.")
    return holds("issuer", f"issued by {box.name}, as an open edition's are.")


def _same_sale(line: bytes, found: Certificate, sale: Entry) -> Link:
    """Whether the entry gives away the very copy that the certificate speaks of."""
    fields, copy = sale.fields, found.copy
    if sale.type != "sale" or fields["drop"] != copy.drop or fields["number"] != copy.number:
        return fails("entry", f"entry {sale.reference} is not the sale of this copy.")
    if copy.number is None:
        urn = certificate.open_copy(copy.drop, copy.title, sale.box, sale.incarnation, sale.seq).urn
        if copy.urn != urn or found.issuer.id != sale.box:
            return fails("entry", f"entry {sale.reference} is not the sale of this copy.")
    elif fields["certificate"] != digest(line):
        return fails("entry", f"entry {sale.reference} names another certificate for this number.")
    return holds("sale", f"entry {sale.reference} gives this copy away.")


def _allotted(case: Case, found: Certificate, sale: Entry) -> Link:
    if found.copy.number is None:
        return holds("allotment", "an open edition needs none.")
    epochs = case.epochs.get(found.copy.drop)
    if epochs is None:
        return missing("allotment", "give the drop's allotments, too.")
    if not epochs.ever_gave(sale.box, found.copy.number):
        return fails("allotment", f"#{found.copy.number} was never given to box {sale.box}.")
    return holds("allotment", f"#{found.copy.number} was given to this box.")


def judge_archive(case: Case, piece: Piece) -> Finding:
    """A buyer's download: its certificate, its receipt, and every file against the manifest."""
    try:
        with zipfile.ZipFile(piece.path) as archive:
            return _judge_members(case, piece, archive)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        return Finding(str(piece.path), "archive", (fails("form", f"the archive cannot be read ({error})."),))


def _judge_members(case: Case, piece: Piece, archive: zipfile.ZipFile) -> Finding:
    line = _member(archive, "certificate.json", MAX_LINE)
    receipt = _read_receipt(case, _member(archive, "receipt.tlog-proof", _MAX_RECEIPT))
    found = certificate.read(line)
    links = (
        holds("proof", "the certificate holds by itself."),
        _issuer(case, found),
        *receipt.links,
        _same_sale(line, found, receipt.entry),
        _allotted(case, found, receipt.entry),
        _files(case, archive, receipt.entry),
        *_after(case, receipt),
    )
    return Finding(str(piece.path), f"archive of {_copy_said(found)}", tuple(dict.fromkeys(links)))


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    try:
        with archive.open(name) as file:
            data = file.read(limit + 1)
    except KeyError as error:
        raise PaperError("missing-file", f"The archive has no {name}: download it again.") from error
    if len(data) > limit:
        raise PaperError("doc-too-large", f"The archive's {name} has more than {limit} bytes.")
    return data


def _files(case: Case, archive: zipfile.ZipFile, sale: Entry) -> Link:
    drop, version = sale.fields.get("drop"), sale.fields.get("version")
    packed = case.manifest(str(drop), version) if isinstance(version, int) else None
    if packed is None:
        return missing("files", f"give version {version} of the manifest, too.")
    names = set(archive.namelist())
    for item in packed.files:
        name = f"{packed.slug}/{item.path}"
        if name not in names:
            return fails("files", f"“{item.path}” is missing: download the archive again.")
        if _digest(archive, name, item.length) != item.sha256:
            return fails("files", f"“{item.path}” is not the file that the creator signed.")
    return holds("files", f"all {len(packed.files)} are those that the creator signed.")


def _digest(archive: zipfile.ZipFile, name: str, length: int) -> str | None:
    if archive.getinfo(name).file_size != length:
        return None
    sha256 = hashlib.sha256()
    with archive.open(name) as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
    return sha256.hexdigest()
