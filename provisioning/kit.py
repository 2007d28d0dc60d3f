"""The verify-kit: an event's papers in forms that stock tools check, and a page that says which tool checks what.

FORMATS §8. Nothing in it is ever read by stallbox: it is for people who would rather not trust our own software.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from appliance.core import envelope
from appliance.core.envelope import Kind, pae
from appliance.core.keys import PrivateKey, PublicKey
from appliance.core.manifest import Manifest
from appliance.core.minisign import drop_comment, minisign_public_key, minisign_signature
from appliance.core.trust import Chain
from appliance.files import write_durably
from provisioning import roster, trust
from provisioning.drops import packed_drop
from provisioning.workspace import Workspace

_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what stands before the 32 bytes of an Ed25519 key


@dataclass(frozen=True, slots=True)
class Paper:
    """One envelope in the kit. `stem` names its files; `keys` are those of whom one must have signed."""

    stem: str
    kind: Kind
    said: str
    signers: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True)
class DropPart:
    """One drop's part of the kit, in a folder that is called like its slug."""

    manifest: Manifest
    creator: PublicKey
    papers: tuple[Paper, ...]
    certificates: int


def write_kit(
    workspace: Workspace, into: Path, slugs: Sequence[str], key_of: Callable[[PublicKey], PrivateKey]
) -> Path:
    """Writes trust documents and the named drops into the folder `into`, and answers the page.

    `key_of` opens a creator's key: minisign's and signify's signatures are made here and nowhere else.
    """
    chain = trust.chain(workspace)
    into.mkdir(parents=True, exist_ok=True)
    trusts = []
    for document in chain.versions:
        data = workspace.trust(document.version).read_bytes()
        said = f"Trust document {document.version}: who are creators, boxes and cosigners"
        trusts.append(_write_paper(into, f"trust.{document.version}", Kind.TRUST, data, document.root, said))
    drops = [_write_drop(workspace, into / slug, slug, key_of, chain) for slug in slugs]
    page = into / "index.html"
    write_durably(page, _page(chain, trusts, drops).encode())
    return page


def _write_drop(
    workspace: Workspace, into: Path, slug: str, key_of: Callable[[PublicKey], PrivateKey], chain: Chain
) -> DropPart:
    folder, packed, data = packed_drop(workspace, slug)
    creator = roster.creator_of(chain.current, packed.origin).key
    into.mkdir(exist_ok=True)
    papers = [_write_paper(into, "manifest", Kind.DROP, data, [creator], "The manifest: what the drop is made of")]
    for epoch, signed in folder.allotments():
        said = f"Allotment {epoch}: which box may sell which numbers"
        signers = [creator, *chain.current.root]
        papers.append(_write_paper(into, f"allotment.{epoch}", Kind.ALLOTMENT, signed, signers, said))
    _write_minisign(into, packed, key_of(creator))
    lines = folder.lines()
    for number, line in enumerate(lines, 1):
        target = into / "certificates" / f"{number}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(line)
    return DropPart(packed, creator, tuple(papers), len(lines))


def _write_paper(into: Path, stem: str, kind: Kind, data: bytes, signers: Sequence[PublicKey], said: str) -> Paper:
    """The envelope; its payload; and for OpenSSL the signed bytes, each signature and each key as bare files."""
    read = envelope.read(data, kind)
    write_durably(into / f"{stem}.dsse.json", data)
    write_durably(into / f"{stem}.json", read.payload)
    message = pae(kind.media_type, read.payload)
    write_durably(into / f"{stem}.pae", message)
    signed = []
    for key in signers:
        for signature in (s for s in read.signatures if key.verifies(message, s)):
            write_durably(into / f"{stem}.{key.id}.sig", signature)
            write_durably(into / f"{key.id}.pem", _pem(key))
            signed.append(key)
    return Paper(stem, kind, said, tuple(dict.fromkeys(signed)))


def _pem(key: PublicKey) -> bytes:
    body = b64encode(_SPKI + key.raw)
    return b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"


def _write_minisign(into: Path, packed: Manifest, key: PrivateKey) -> None:
    message = (into / "manifest.json").read_bytes()
    number = bytes.fromhex(key.public.id)
    comment = drop_comment(packed.drop, packed.version)
    write_durably(into / "manifest.json.minisig", minisign_signature(message, key.sign, number, comment).encode())
    write_durably(into / "creator.pub", minisign_public_key(key.public.raw, number).encode())


def _page(chain: Chain, trusts: Sequence[Paper], drops: Sequence[DropPart]) -> str:
    environment = Environment(
        loader=PackageLoader("provisioning", "templates"), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("kit.html")
    return template.render(trust=chain.current, pin=chain.versions[0].digest, trusts=trusts, drops=drops)
