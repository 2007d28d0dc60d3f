"""Rows 1 to 5, 7, 17, 22, 23, 25 of the attack table: what a stick may bring, and what stays outside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest

from appliance.core import certificate
from appliance.core.documents import digest, format_time, write_json
from appliance.core.envelope import Kind, read, sign
from appliance.errors import PaperError
from tests.stall.till import Till, opened


async def refused(till: Till, **given: object) -> str:
    """The code for which a bundle is refused; the stall sells on as before."""
    before = till.stall.catalogue.drops
    with pytest.raises(PaperError) as refusal:
        await till.bring("hostile", **given)
    assert till.stall.catalogue.drops == before
    return refusal.value.code


async def test_01_rollback_of_a_manifest(till: Till) -> None:
    """An older version of a drop is refused once a newer one is held. After tuf-conformance's test_rollback.py."""
    await till.bring("second", version=2)
    assert await refused(till, version=1) == "doc-rollback"


async def test_01_rollback_of_an_allotment(till: Till) -> None:
    """An older allotment gives nothing back, and a second table of one epoch is told apart from the held one."""
    first = till.drop.allotment()
    table = {"boxes": [{"box": till.organizer.box.public.id, "ranges": [[1, 3]]}], "reserve": [[4, 4]]}
    released = [{"box": till.organizer.box.public.id, "ranges": [[4, 4]], "entry": "1:1"}]
    second = till.drop.allotment(epoch=2, previous=_digest(first), released=released, **table)
    await till.bring("second", allotments=[first, second])
    assert (await till.states())["free"] == 3
    await till.bring("first again", allotments=[first])
    assert (await till.states())["free"] == 3
    other = till.drop.allotment(epoch=2, previous=_digest(first), **table, released=[{**released[0], "entry": "1:2"}])
    assert await refused(till, allotments=[first, other]) == "doc-equivocation"


async def test_01_rollback_of_trust(till: Till) -> None:
    """A later trust document cannot take a revocation back, and an older one changes nothing."""
    gone = {"keys": [till.organizer.issuer.public.did], "tokens": []}
    till.organizer.add_trust(revoked=gone)
    await till.bring("revocation")
    await till.bring("the first alone", trusts=till.organizer.trusts[:1])
    assert await till.code(till.token()) == "revoked"
    till.organizer.add_trust()
    assert await refused(till) == "doc-malformed"


async def test_02_freeze(till: Till) -> None:
    """Papers that have expired are not taken in, however well they are signed. After test_expiration.py."""
    past = format_time(till.hardware.truth - 60)
    assert await refused(till, manifest=till.drop.manifest(version=2, expires=past), version=2) == "doc-expired"
    till.organizer.add_trust(expires=past)
    assert await refused(till) == "doc-expired"


async def test_03_fast_forward_of_versions(till: Till) -> None:
    """A trust document of version 2^31 does not follow version 1: none between may be missing."""
    till.organizer.add_trust(version=2**31)
    assert await refused(till) == "doc-gap"


async def test_04_mix_and_match(till: Till) -> None:
    """A file of another version under the name of a listed one is refused. After test_targets_hash_mismatch."""
    drop = till.organizer.drop("second-drop", None, {"a.jpg": b"second"})
    files = {"a.jpg": b"fourth"}
    with pytest.raises(PaperError) as refusal:
        await till.stall.papers.ingest(drop.bundle(till.folder / "mixed", files=files))
    assert refusal.value.code == "wrong-digest"


@pytest.mark.parametrize(
    ("name", "size"), [("manifest.dsse.json", 5 << 20), ("trust.1.dsse.json", 5 << 20), ("trust.1.dsse.json", 1 << 40)]
)
async def test_05_endless_data(till: Till, name: str, size: int) -> None:
    """A paper above its limit, even of a terabyte, is refused before it is parsed. After test_max_metadata_lengths."""
    bundle = till.drop.bundle(till.folder / "endless", version=2)
    os.truncate(bundle / name, size)
    with pytest.raises(PaperError) as refusal:
        await till.stall.papers.ingest(bundle)
    assert refusal.value.code == "doc-too-large"


async def test_05_a_file_longer_than_listed(till: Till) -> None:
    """Reading stops one byte after the listed length: a file that goes on for a terabyte is refused at once."""
    bundle = till.organizer.drop("second-drop", None, {"a.jpg": b"second"}).bundle(till.folder / "endless")
    os.truncate(bundle / "files" / "a.jpg", 1 << 40)
    with pytest.raises(PaperError) as refusal:
        await till.stall.papers.ingest(bundle)
    assert refusal.value.code == "wrong-digest"


@pytest.mark.parametrize(
    "path", ["../keys/box.key", "/etc/passwd", "a/../../b", "a\\b", "CON", "x?", ".hidden", "a//b", "e\u0301.jpg", "a "]
)
async def test_07_odd_names(till: Till, path: str) -> None:
    """Paths that lead elsewhere, or that some computer cannot store, are refused. After test_quoting_issues.py."""
    listed = {**till.drop.manifest_fields()["files"][0], "path": path}
    code = await refused(till, manifest=till.drop.manifest(version=2, files=[listed]), version=2)
    assert code in {"bad-path", "doc-malformed"}
    assert (till.folder / "box" / "keys" / "box.key").exists()


async def test_17_a_stolen_box_cannot_mint(till: Till) -> None:
    """Number 5 of 4, or number 4 in the box's own hand, is no certificate: creators sign them all beforehand."""
    mine = till.drop.certificates([1, 2, 3])
    beyond = till.drop.certificate(5, of=5) + b"\n"
    forged = till.drop.certificate(4, signer=till.organizer.box) + b"\n"
    for line in (beyond, forged):
        async with opened(till.folder / digest(line)[:8]) as stolen:
            assert await refused(stolen, version=1, certificates=mine + line) == "bad-certificate"


@pytest.mark.parametrize("what", ["file", "folder", "paper", "bundle"])
async def test_22_a_malicious_stick(till: Till, what: str) -> None:
    """Links on a stick are not followed: neither to the box's keys nor to anywhere else."""
    drop = till.organizer.drop("second-drop", None, {"a/key.jpg": b"key"})
    bundle = drop.bundle(till.folder / "linked")
    target = {"file": "files/a/key.jpg", "folder": "files/a", "paper": "manifest.dsse.json", "bundle": "."}[what]
    place = bundle if what == "bundle" else bundle / target
    place.rename(till.folder / "elsewhere")
    place.symlink_to(till.folder / "elsewhere")
    with pytest.raises(PaperError):
        await till.stall.papers.ingest(bundle)
    assert [held.manifest.slug for held in till.stall.catalogue.drops] == [till.drop.slug]


def _fraction(text: str) -> str:
    return text.replace('"version":2', '"version":2.0')


def _exponent(text: str) -> str:
    return text.replace('"version":2', '"version":2e0')


def _infinity(text: str) -> str:
    return text.replace('"version":2', '"version":1e999')


def _nan(text: str) -> str:
    return text.replace('"version":2', '"version":NaN')


def _large(text: str) -> str:
    return text.replace('"amount":800', '"amount":9007199254740992')


def _twice(text: str) -> str:
    return text.replace('"version":2', '"version":1,"version":2')


def _surrogate(text: str) -> str:
    return text.replace("Harbour Lights", "Harbour \\ud800")


def _decomposed(text: str) -> str:
    return text.replace("Harbour Lights", "Harbo\u0308ur")


@pytest.mark.parametrize(
    "trap",
    [_fraction, _exponent, _infinity, _nan, _large, _twice, _surrogate, _decomposed],
    ids=lambda trap: trap.__name__,
)
async def test_23_traps_of_json(till: Till, trap: Callable[[str], str]) -> None:
    """What two readers of JSON would read differently is refused, though signed. After RFC 8785 and Python's json."""
    text = till.drop.manifest_payload(version=2).decode()
    trapped = trap(text)
    assert trapped != text
    envelope = sign(Kind.DROP, trapped.encode(), [till.organizer.creator])
    assert await refused(till, manifest=envelope, version=2) == "doc-malformed"


@pytest.mark.parametrize("context", ["https://evil.example/v1", {"number": "https://evil.example/number"}])
async def test_25_context_injection(till: Till, context: object) -> None:
    """A certificate with one more context, in the document, in the proof or in both, is none.

    After w3c/vc-di-eddsa#79: a context changes what the terms mean.
    """
    line = json.loads(till.drop.certificate(1))
    more = [*line["@context"], context]
    proof = {**line["proof"], "@context": more}
    for changed in ({"@context": more}, {"proof": proof}, {"@context": more, "proof": proof}):
        with pytest.raises(PaperError):
            certificate.read(write_json({**line, **changed}))


def _digest(envelope: bytes) -> str:
    return read(envelope, Kind.ALLOTMENT).digest
