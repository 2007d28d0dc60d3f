"""The papers of a mirror, as a replay needs them: verified from the pin, like those of any bundle."""

from __future__ import annotations

from appliance.core import manifest, trust
from appliance.core.envelope import Kind, read
from appliance.errors import PaperError
from appliance.stall.loading import held_epochs, once, signing_creator
from appliance.stall.verdict import judge_certificates
from appliance.store.papers import PaperShelf
from appliance.store.replay import Drop


def verified_drops(papers: PaperShelf, pin: str, box_id: str) -> dict[str, Drop]:
    """Every drop on disk, by id. PaperError where one does not hold: expiry is no matter here, as at each start."""
    step = trust.extend(None, pin, [read(data, Kind.TRUST) for data in papers.trust()], lo=0)
    if step.chain is None:
        raise step.fault or PaperError("doc-gap", "The mirror has no trust document. Take another copy of it.")
    return {drop: _verified(papers, drop, step.chain, box_id) for drop in papers.drops()}


def _verified(papers: PaperShelf, drop: str, chain: trust.Chain, box_id: str) -> Drop:
    envelopes = [read(data, Kind.DROP) for data in papers.manifests(drop)]
    versions = [manifest.parse(envelope.payload) for envelope in envelopes]
    for version, envelope in zip(versions, envelopes, strict=True):
        once(chain, lambda then, v=version, e=envelope: signing_creator(v, drop, e, then))  # type: ignore[misc]
    newest = versions[-1]
    epochs = held_epochs(papers, newest, chain)
    lines = papers.certificates(drop) if newest.numbered else []
    certificates = once(chain, lambda then: judge_certificates(lines, newest, epochs, then, box_id, {}))
    return Drop({version.version: version for version in versions}, epochs, certificates)
