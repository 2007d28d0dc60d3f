"""Trust documents, manifests, allotments and certificate packs: who signed them, and whether that one may."""

from __future__ import annotations

from appliance.core import allotment, certificate, envelope, manifest, trust
from appliance.core.documents import format_time
from appliance.core.envelope import Kind
from appliance.core.manifest import MAX_SIZE, Manifest
from appliance.core.trust import Chain
from appliance.errors import PaperError
from provisioning.verify.case import Case
from provisioning.verify.evidence import Piece
from provisioning.verify.finding import Finding, Link, fails, holds, missing

NO_TRUST = missing("trust", "no trust document here holds: give one, or run this in the organizer's workspace.")


def judge_trust(case: Case, piece: Piece) -> Finding:
    """Continues the chain; one that does not follow fails."""
    read = envelope.read(piece.data, Kind.TRUST)
    document = trust.parse(read.payload)
    what = f"trust document {document.version} of {document.organizer}, {document.event}"
    step = trust.extend(case.chain, case.pin or read.digest, [read], lo=0)
    case.chain = step.chain
    if step.fault is not None:
        return Finding(str(piece.path), what, (fails("chain", step.fault.detail),))
    signed = len(read.signers(document.root))
    links = [holds("root", f"signed by {signed} of {len(document.root)} root keys, {document.threshold} needed.")]
    if document.version == 1 or len(case.chain.versions if case.chain else ()) == 1:
        links.append(_beginning(case))
    return Finding(str(piece.path), what, (*links, _until(case, document.expires)))


def _beginning(case: Case) -> Link:
    if case.named:
        return holds("pin", "it is the document that trust begins at.")
    said = (
        f"that this is the organizer's: compare its SHA-256 with what they published, or name it with --pin: {case.pin}"
    )
    return missing("pin", said, needed=False)


def _until(case: Case, expires: int) -> Link:
    if case.now >= expires:
        said = f"expired on {format_time(expires)}: no box takes it any more; what was sold before stands."
        return holds("dates", said)
    return holds("dates", f"valid until {format_time(expires)}.")


def judge_manifest(case: Case, piece: Piece) -> Finding:
    """One creator's signature, and a trust document that lists the creator for this slug."""
    read = envelope.read(piece.data, Kind.DROP)
    packed = manifest.parse(read.payload)
    what = f"manifest of “{packed.title}” ({packed.slug}, {packed.drop}), version {packed.version}"
    if case.chain is None:
        return Finding(str(piece.path), what, (NO_TRUST,))
    manifest.check_signer(packed, read, case.chain.current)
    case.manifests.append(packed)
    creator = case.chain.current.creator(packed.origin.did)
    name = "" if creator is None else creator.name
    links = (holds("creator", f"signed by {name}."), trusted(case.chain), _until(case, packed.expires))
    return Finding(str(piece.path), what, links)


def trusted(chain: Chain) -> Link:
    """By which trust document all this is so."""
    current = chain.current
    return holds("trust", f"by trust document {current.version} of {current.organizer}, {current.event}.")


def judge_allotment(case: Case, piece: Piece) -> Finding:
    """An epoch that follows from the ones before it."""
    read = envelope.read(piece.data, Kind.ALLOTMENT)
    table = allotment.parse(read.payload, MAX_SIZE)
    what = f"allotment {table.epoch} of drop {table.drop}"
    packed = case.manifest(table.drop)
    if case.chain is None:
        return Finding(str(piece.path), what, (NO_TRUST,))
    if packed is None:
        return Finding(str(piece.path), what, (_no_manifest(table.drop),))
    held = case.epochs.get(table.drop)
    grown = allotment.extend(held, [read], packed, case.chain)
    if grown is not None:
        case.epochs[table.drop] = grown
    said = "; ".join(f"{_name(case.chain, share.box)} has {len(table.numbers(share.box))}" for share in table.boxes)
    links = (holds("signer", "signed by the creator or the organizer."), holds("table", f"{said}."))
    return Finding(str(piece.path), f"allotment {table.epoch} of “{packed.title}”", links)


def _no_manifest(drop: str) -> Link:
    return missing("manifest", f"give the manifest of drop {drop}, too.")


def _name(chain: Chain, box_id: str) -> str:
    box = chain.ever_box(box_id)
    return box_id if box is None else box.name


def judge_pack(case: Case, piece: Piece) -> Finding:
    """Every line by itself, and its issuer."""
    lines = piece.data.rstrip(b"\n").split(b"\n")
    links: list[Link] = []
    drops = set()
    for place, line in enumerate(lines, 1):
        try:
            found = certificate.read(line)
        except PaperError as error:
            return Finding(str(piece.path), "certificate pack", (fails(f"line {place}", error.detail),))
        drops.add(found.copy.drop)
        link = issuer(case, found)
        if link not in links:
            links.append(link)
    what = f"{len(lines)} certificates of drop {', '.join(sorted(drops))}"
    return Finding(str(piece.path), what, (holds("proofs", "every line holds by itself."), *links))


def issuer(case: Case, found: certificate.Certificate) -> Link:
    """Whether a numbered certificate is the creator's own, and for the edition that there is."""
    if case.chain is None:
        return NO_TRUST
    packed = case.manifest(found.copy.drop)
    if packed is None:
        return _no_manifest(found.copy.drop)
    if found.issuer not in case.chain.keys_of(packed.origin.did):
        return fails("creator", f"its issuer {found.issuer.id} is no key of the creator of “{packed.title}”.")
    if found.copy.of != packed.size:
        return fails("creator", f"it is of an edition of {found.copy.of}, and “{packed.title}” {_edition(packed)}.")
    return holds("creator", f"issued by the creator of “{packed.title}”.")


def _edition(packed: Manifest) -> str:
    return "is an open edition" if packed.size is None else f"has {packed.size} copies"
