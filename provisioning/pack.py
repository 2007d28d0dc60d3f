"""Packs a folder into a signed drop: the manifest, and once per edition the certificates.

Knows in which order things become true: faults first and all at once, then digests, then certificates, then the
manifest. Asks no clock and opens no key file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from appliance.core import certificate, envelope, manifest
from appliance.core.certificate import numbered_copy
from appliance.core.documents import SLUG, write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey, PublicKey
from appliance.core.manifest import Item, Manifest
from appliance.core.trust import Creator
from appliance.draw import cover as covers
from appliance.errors import PaperError
from provisioning.drops import DropFolder
from provisioning.hashing import Advance, Hashed, hash_all
from provisioning.media import media_type
from provisioning.papers import manifest_fields
from provisioning.scan import Found, Scan, scan
from provisioning.terms import Terms
from provisioning.workspace import Workspace

YEAR = 365 * 86_400
_RENEW_BEFORE = 90 * 86_400
_COVERS = ("cover.jpg", "cover.jpeg", "cover.png", "cover.webp")


@dataclass(frozen=True, slots=True)
class Packed:
    """What came of packing: the manifest in force now, what was skipped, how many certificates are new."""

    manifest: Manifest
    skipped: tuple[str, ...]
    certificates: int


@dataclass(frozen=True, slots=True)
class Job:
    """A folder that may be packed: no fault was found in it. `size` is its bytes, for a progress bar."""

    folder: Path
    found: Scan
    terms: Terms
    cover: str | None
    size: int


def prepare(folder: Path, terms: Terms) -> Job:
    """Looks at every name before a byte is hashed; PaperError tells all faults at once."""
    found = scan(folder)
    cover = terms.cover or _cover(found.files)
    faults = [*found.faults, *_term_faults(terms, found.files), *_cover_faults(cover, found.files)]
    if faults:
        raise PaperError.of_many(faults)
    size = sum(file.source.stat().st_size for file in found.files)
    return Job(folder, found, terms, cover, size)


def _cover(files: Sequence[Found]) -> str | None:
    """Only a file that is called so: any other picture would be given away as one."""
    return next((file.path for file in files if file.path.lower() in _COVERS), None)


def _cover_faults(cover: str | None, files: Sequence[Found]) -> list[PaperError]:
    """What the box would say of the cover: better heard at home."""
    for file in files:
        if file.path == cover:
            try:
                covers.check_bytes(file.source.stat().st_size)
                covers.reencode(file.source.read_bytes())
            except PaperError as fault:
                return [fault]
    return []


def _term_faults(terms: Terms, files: Sequence[Found]) -> list[PaperError]:
    paths = [file.path for file in files]
    faults = []
    if not SLUG.fullmatch(terms.slug):
        faults.append(PaperError("bad-path", f"“{terms.slug}” is no slug: use a–z, 0–9 and -, at most 63 of them."))
    if terms.cover is not None and terms.cover not in paths:
        faults.append(PaperError("missing-file", f"The cover “{terms.cover}” is not in the folder."))
    for glob in terms.previews:
        if not any(fnmatchcase(path, glob) for path in paths):
            faults.append(PaperError("missing-file", f"No file matches the preview “{glob}”."))
    return faults


def pack(workspace: Workspace, job: Job, creator: Creator, key: PrivateKey, *, now: int, advance: Advance) -> Packed:
    """Hashes, signs and keeps the drop's next version.

    Packing an unchanged folder on the same terms again gives the same manifest but for `issued` and `version`; the
    certificates of an edition are signed only once. Refused: `doc-role`, `doc-collision`, `edition-changed`.
    """
    folder = DropFolder(workspace.drop(job.terms.slug))
    newest = folder.newest()
    held = None if newest is None else newest[0]
    _check_creator(job.terms, creator, held)
    hashed = hash_all((file.source for file in job.found.files), advance)
    payload = write_json(manifest_fields(_manifest(job, creator, hashed, held, now)))
    packed = manifest.parse(payload)
    manifest.is_news(held, packed)
    certificates = _sign_certificates(folder, packed, key, now)
    folder.save_source(job.folder)
    folder.save_manifest(packed.version, envelope.sign(Kind.DROP, payload, [key]))
    return Packed(packed, job.found.skipped, certificates)


def _check_creator(terms: Terms, creator: Creator, held: Manifest | None) -> None:
    if not creator.may_sign(terms.slug):
        raise PaperError(
            "doc-role",
            f"{creator.name} may only sign drops called {' or '.join(creator.drops)}: choose another slug, "
            "or widen it in organizer.json.",
        )
    if held is not None and held.origin.did != creator.origin:
        raise PaperError("doc-collision", f"{terms.slug} is another creator's drop: choose another slug.")


def _manifest(job: Job, creator: Creator, hashed: Sequence[Hashed], held: Manifest | None, now: int) -> Manifest:
    terms = job.terms
    return Manifest(
        slug=terms.slug,
        version=1 if held is None else held.version + 1,
        issued=now,
        expires=held.expires if held is not None and held.expires > now + _RENEW_BEFORE else now + YEAR,
        title=terms.title,
        summary=terms.summary,
        origin=PublicKey.from_did(creator.origin),
        url=terms.url,
        license=terms.license,
        cover=job.cover,
        size=terms.size,
        prices=terms.prices,
        currency=terms.currency,
        sale_from=terms.sale_from,
        sale_until=terms.sale_until,
        lifetime=terms.lifetime,
        budget=terms.budget,
        files=tuple(_item(file, result, terms) for file, result in zip(job.found.files, hashed, strict=True)),
        aftercare=terms.aftercare,
        digest="",  # of a payload that is yet to be written
    )


def _item(file: Found, hashed: Hashed, terms: Terms) -> Item:
    preview = any(fnmatchcase(file.path, glob) for glob in terms.previews)
    return Item(file.path, hashed.length, hashed.sha256, media_type(file.path), None, preview)


def _sign_certificates(folder: DropFolder, packed: Manifest, key: PrivateKey, now: int) -> int:
    """How many were signed: all of them, or none where the edition has its own already."""
    if packed.size is None or len(folder.lines()) == packed.size:
        return 0
    copies = (numbered_copy(packed.drop, packed.title, n, packed.size) for n in range(1, packed.size + 1))
    lines = [certificate.issue(copy, key, now) for copy in copies]
    certificate.read(lines[-1])  # the longest: a box takes no line above its limit
    folder.save_certificates(lines)
    return packed.size
