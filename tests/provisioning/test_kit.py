"""The verify-kit: what is in it, and that its page names every command. The tools themselves run in tests/interop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.core import certificate, envelope
from appliance.core.envelope import Kind, pae
from appliance.errors import WorkspaceError
from provisioning.keys import Keyring
from provisioning.kit import write_kit
from provisioning.quickstart import Started


@pytest.fixture
def kit(started: Started, tmp_path: Path) -> Path:
    ring = Keyring(lambda name: name)
    page = write_kit(
        started.workspace, tmp_path / "kit", ["harbour-lights"], lambda public: ring.of(started.workspace, public)
    )
    return page.parent


def test_payloads_and_signatures_are_bare_files(kit: Path, started: Started) -> None:
    """For OpenSSL: the signed bytes, the signature and the key, taken from the envelope as they are."""
    read = envelope.read((kit / "trust.1.dsse.json").read_bytes(), Kind.TRUST)
    assert (kit / "trust.1.json").read_bytes() == read.payload
    assert (kit / "trust.1.pae").read_bytes() == pae(Kind.TRUST.media_type, read.payload)
    [signature] = kit.glob("trust.1.*.sig")
    assert signature.read_bytes() == read.signatures[0]
    assert (kit / f"{signature.name.split('.')[2]}.pem").exists()


def test_the_manifest_is_the_payload(kit: Path, started: Started) -> None:
    """minisign and signify sign the very bytes that the creator signed in the envelope."""
    signed = envelope.read((started.bundle / "manifest.dsse.json").read_bytes(), Kind.DROP)
    assert (kit / "harbour-lights" / "manifest.json").read_bytes() == signed.payload
    comment = (kit / "harbour-lights" / "manifest.json.minisig").read_text().splitlines()[2]
    assert comment == f"trusted comment: drop:{started.packed.manifest.drop} v:1"


def test_each_certificate_is_a_file(kit: Path) -> None:
    """One credential each, as credential software wants it."""
    folder = kit / "harbour-lights" / "certificates"
    numbers = [certificate.read((folder / f"{n}.json").read_bytes()).copy.number for n in range(1, 11)]
    assert numbers == list(range(1, 11))


def test_the_page_names_only_files_that_are_there(kit: Path) -> None:
    """Every file that a command on the page reads is in the kit."""
    page = (kit / "index.html").read_text()
    named = re.findall(r"-(?:inkey|in|sigfile|m|x|p) ([^\s<]+)", page)
    assert len(named) > 10
    assert [name for name in named if not (kit / name).is_file()] == []


def test_a_kit_holds_no_secret(kit: Path, started: Started) -> None:
    """Whatever is in it may be published."""
    ring = Keyring(lambda name: name)
    seeds = [ring.root(started.workspace).seed, ring.open(started.workspace.key("creator", "Ana Reyes")).seed]
    for path in kit.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(seed in data or seed.hex().encode() in data for seed in seeds)
            assert b"stallbox-key" not in data


def test_a_drop_that_is_not_there_is_asked_for(started: Started, tmp_path: Path) -> None:
    """With the names of those that are."""
    with pytest.raises(WorkspaceError, match="harbour-lights"):
        write_kit(started.workspace, tmp_path / "kit", ["zine"], lambda _: pytest.fail("no key is needed"))
