"""Judges the papers of a bundle against those held: what would be adopted, or the refusal (FORMATS §2).

Pure decisions over documents; files are not looked at and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.core import allotment, certificate, manifest, trust
from appliance.core.allotment import Epochs
from appliance.core.documents import format_time
from appliance.core.envelope import Envelope
from appliance.core.manifest import Manifest
from appliance.core.trust import Chain, Trust
from appliance.errors import PaperError
from appliance.stall.bundle import Bundle, Signed
from appliance.stall.catalogue import HeldDrop


@dataclass(frozen=True, slots=True)
class Verdict:
    """A drop that may come in."""

    manifest: Manifest
    is_news: bool
    creator: str
    epochs: Epochs | None
    certificates: dict[int, bytes]  # of this box's numbers, held ones included


def judge_trust(chain: Chain | None, pin: str, offered: Sequence[Signed], lo: int) -> trust.Step:
    """The chain after the bundle's trust documents."""
    return trust.extend(chain, pin, [signed.envelope for signed in offered], lo)


def judge_drop(
    bundle: Bundle, chain: Chain, held: Sequence[HeldDrop], packs: Mapping[int, bytes], box_id: str, lo: int
) -> Verdict:
    """Manifest, allotment and certificates of a bundle, each check its code. `packs`: certificates held, by number."""
    current = chain.current
    _check_trust_is_live(current, lo)
    offered = manifest.parse(bundle.manifest.envelope.payload)
    manifest.check_signer(offered, bundle.manifest.envelope, current)
    manifest.check_live(offered, lo)
    _check_collision(offered, held)
    mine = next((drop for drop in held if drop.manifest.drop == offered.drop), None)
    is_news = manifest.is_news(mine.manifest if mine else None, offered)
    epochs = mine.epochs if mine else None
    if offered.numbered:
        epochs = allotment.extend(epochs, [s.envelope for s in bundle.allotments], offered, chain)
    certificates = judge_certificates(bundle.certificates, offered, epochs, chain, box_id, packs)
    creator = current.creator(offered.origin.did)
    assert creator is not None, "check_signer found the creator"
    return Verdict(offered, is_news, creator.name, epochs, certificates)


def judge_certificates(
    lines: Iterable[bytes],
    drop: Manifest,
    epochs: Epochs | None,
    chain: Chain,
    box_id: str,
    packs: Mapping[int, bytes],
) -> dict[int, bytes]:
    """Certificates by number, those held included; `bad-certificate` for the first that does not hold (§2.4)."""
    found = dict(packs)
    keys = chain.keys_of(drop.origin.did)
    for line in lines:
        read = certificate.read(line)
        number = read.copy.number
        if number is None or read.copy.drop != drop.drop or read.copy.of != drop.size:
            raise _bad(f"A certificate in the pack is not of “{drop.title}”, {drop.size} copies")
        if epochs is None or not epochs.ever_gave(box_id, number):
            raise _bad(f"The pack holds certificate {number}, a number that this box was never given")
        if read.issuer not in keys:
            raise _bad(f"Certificate {number} is not signed by the creator of “{drop.title}”")
        if found.setdefault(number, line) != line:
            raise _bad(f"Another certificate for number {number} is held here already")
    return found


def _bad(what: str) -> PaperError:
    return PaperError("bad-certificate", f"{what}. Nothing was kept; ask the creator for the bundle again.")


def judge_again(held: HeldDrop, signed: Envelope, chain: Chain) -> PaperError | None:
    """Whether a drop that is held may still be sold under the newest trust document (FORMATS §2.1)."""
    try:
        manifest.check_signer(held.manifest, signed, chain.current)
    except PaperError as refusal:
        return refusal
    return None


def _check_trust_is_live(current: Trust, lo: int) -> None:
    if lo >= current.expires:
        raise PaperError(
            "doc-expired",
            f"Trust document {current.version} expired on {format_time(current.expires)}: no new papers are taken. "
            "Sales go on; ask the organizer for a new one.",
        )


def _check_collision(offered: Manifest, held: Sequence[HeldDrop]) -> None:
    for drop in held:
        if drop.manifest.slug == offered.slug and drop.manifest.drop != offered.drop:
            raise PaperError(
                "doc-collision",
                f"“{drop.manifest.title}” of another creator has the name {offered.slug} on this box already. "
                "Pack this drop under another slug.",
            )
