"""Packing: all faults at once, the same bytes again, certificates once per edition."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import unicodedata
from pathlib import Path

import pytest

from appliance.core import certificate
from appliance.core.documents import digest
from appliance.core.keys import PrivateKey
from appliance.core.manifest import Price
from appliance.core.trust import Creator
from appliance.draw.cover import MOST_BYTES
from appliance.errors import PaperError
from provisioning import roster
from provisioning.drops import DropFolder
from provisioning.keys import Keyring
from provisioning.pack import Packed, pack, prepare
from provisioning.papers import manifest_fields
from provisioning.quickstart import Started
from provisioning.terms import Terms
from tests.organizer import DAY, NOW

TERMS = Terms("harbour-lights", "Harbour Lights", (Price("download", "Download", 800, None, None),), "EUR", 10)


def _no_phrase(name: str) -> str:
    raise AssertionError(f"{name} should have no pass phrase")


def _key(started: Started) -> PrivateKey:
    return Keyring(_no_phrase).of(started.workspace, _creator(started).key)


def _creator(started: Started) -> Creator:
    return roster.creator_named(roster.load(started.workspace), None)


def _pack(started: Started, folder: Path, terms: Terms = TERMS, now: int = NOW) -> Packed:
    job = prepare(folder, terms)
    return pack(started.workspace, job, _creator(started), _key(started), now=now, advance=lambda _: None)


def _refusal(folder: Path, terms: Terms = TERMS) -> PaperError:
    with pytest.raises(PaperError) as refused:
        prepare(folder, terms)
    return refused.value


def test_a_manifest_says_what_is_in_the_folder(started: Started, photos: Path) -> None:
    """Paths in order, lengths, digests, types; cover.jpg is the cover."""
    packed = _pack(started, photos).manifest
    assert [item.path for item in packed.files] == ["01-pier.jpg", "cover.jpg", "night/02-boats.jpg"]
    for item in packed.files:
        data = (photos / item.path).read_bytes()
        assert (item.length, item.sha256, item.type) == (len(data), digest(data), "image/jpeg")
    assert packed.cover == "cover.jpg"


def test_packing_again_changes_only_version_and_issued(started: Started, photos: Path) -> None:
    """An unchanged folder on the same terms gives the same manifest."""
    first, second = (manifest_fields(_pack(started, photos, now=NOW + n * DAY).manifest) for n in (0, 5))
    assert second["version"] == int(str(first["version"])) + 1
    assert second["issued"] != first["issued"]
    for fields in (first, second):
        del fields["version"], fields["issued"]
    assert first == second


def test_papers_that_end_soon_are_renewed(started: Started, photos: Path) -> None:
    """Where less than 90 days are left, packing again gives a new year."""
    before = _pack(started, photos).manifest.expires
    assert _pack(started, photos, now=before - 89 * DAY).manifest.expires == before + 276 * DAY


def test_certificates_are_signed_once(started: Started, photos: Path) -> None:
    """The edition's certificates are the same bytes after every packing, ascending from 1, by the creator."""
    lines = DropFolder(started.workspace.drop("harbour-lights")).lines()
    assert _pack(started, photos, dataclasses.replace(TERMS, title="Harbour Lights II")).certificates == 0
    assert DropFolder(started.workspace.drop("harbour-lights")).lines() == lines
    assert [certificate.read(line).copy.number for line in lines] == list(range(1, 11))
    assert {certificate.read(line).issuer for line in lines} == {_creator(started).key}


def test_an_open_edition_has_no_certificates(started: Started, photos: Path) -> None:
    """The box signs those, at the sale."""
    packed = _pack(started, photos, dataclasses.replace(TERMS, slug="open", size=None))
    assert packed.certificates == 0
    assert DropFolder(started.workspace.drop("open")).lines() == []


@pytest.mark.parametrize("change", [{"size": 11}, {"size": 9}, {"size": None}, {"currency": "USD"}])
def test_an_edition_never_changes(started: Started, photos: Path, change: dict[str, object]) -> None:
    """A drop whose size, kind or currency would change is refused, and nothing is kept of it."""
    before = sorted(started.workspace.drop("harbour-lights").iterdir())
    with pytest.raises(PaperError) as refused:
        _pack(started, photos, dataclasses.replace(TERMS, **change))
    assert refused.value.code == "edition-changed"
    assert "another slug" in refused.value.detail
    assert sorted(started.workspace.drop("harbour-lights").iterdir()) == before


def test_all_faults_come_at_once(photos: Path) -> None:
    """Every bad name, the missing cover and the preview that matches nothing, in one refusal before any hashing."""
    (photos / "what?.jpg").touch()
    (photos / "nul.txt").touch()
    (photos / "COVER.jpg").touch()
    refused = _refusal(photos, dataclasses.replace(TERMS, cover="front.png", previews=("*.mp3",)))
    assert len(refused.detail.splitlines()) == 5
    for said in ("what?.jpg", "nul.txt", "upper and lower case", "front.png", "*.mp3"):
        assert said in refused.detail


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_refused(photos: Path) -> None:
    """Neither a link to a file nor one to a folder is followed, not even to a place inside."""
    (photos / "again.jpg").symlink_to(photos / "01-pier.jpg")
    (photos / "etc").symlink_to("/etc")
    refused = _refusal(photos)
    assert refused.code == "bad-path"
    assert "“again.jpg” is a link" in refused.detail
    assert "“etc” is a link" in refused.detail


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_what_is_no_file_is_refused(photos: Path) -> None:
    """A FIFO would never end."""
    os.mkfifo(photos / "pipe")
    assert "neither a file nor a folder" in _refusal(photos).detail


def test_what_systems_leave_behind_is_skipped_and_said(started: Started, photos: Path) -> None:
    """Hidden files and the litter of macOS and Windows are not sold, and the creator hears of it."""
    (photos / "__MACOSX").mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/x", "night/.hidden"):
        (photos / name).touch()
    packed = _pack(started, photos)
    assert packed.skipped == (".DS_Store", "Thumbs.db", "__MACOSX", "desktop.ini", "night/.hidden")
    assert len(packed.manifest.files) == 3


def test_a_name_is_written_in_composed_form(started: Started, photos: Path) -> None:
    """macOS may store a name decomposed: the manifest has it composed, and the file is still found."""
    (photos / unicodedata.normalize("NFD", "Möwe.jpg")).write_bytes(b"gull")
    paths = [item.path for item in _pack(started, photos).manifest.files]
    assert unicodedata.normalize("NFC", "Möwe.jpg") in paths


def test_previews_are_chosen_by_glob(started: Started, photos: Path) -> None:
    """Only what matches may be seen before the sale."""
    packed = _pack(started, photos, dataclasses.replace(TERMS, previews=("night/*",))).manifest
    assert [item.path for item in packed.files if item.preview] == ["night/02-boats.jpg"]


def test_no_picture_is_given_away_unasked(started: Started, photos: Path) -> None:
    """Without a file called cover there is no cover: the first photo is not one."""
    (photos / "cover.jpg").unlink()
    assert _pack(started, photos).manifest.cover is None


def test_a_cover_that_no_box_can_draw_is_refused(photos: Path) -> None:
    """The box makes its own picture of the cover: what it cannot decode is heard of when packing."""
    (photos / "cover.jpg").write_bytes(b"\xff\xd8\xff broken")
    assert "not a whole JPEG" in _refusal(photos).detail
    assert "not a whole JPEG" in _refusal(photos, dataclasses.replace(TERMS, cover="01-pier.jpg")).detail


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """As is one that is not there."""
    (tmp_path / "empty").mkdir()
    assert "nothing to sell" in _refusal(tmp_path / "empty").detail
    assert "not a folder" in _refusal(tmp_path / "nowhere").detail


@pytest.mark.parametrize("slug", ["Harbour", "-x", "a_b", "", "x" * 64])
def test_a_slug_has_its_form(photos: Path, slug: str) -> None:
    """It stands in links and file names."""
    assert "slug" in _refusal(photos, dataclasses.replace(TERMS, slug=slug)).detail


def test_a_creator_packs_only_what_is_theirs(started: Started, photos: Path) -> None:
    """Neither beyond their globs nor over another creator's drop."""
    creator = dataclasses.replace(_creator(started), drops=("zine-*",))
    job = prepare(photos, TERMS)
    with pytest.raises(PaperError) as refused:
        pack(started.workspace, job, creator, _key(started), now=NOW, advance=lambda _: None)
    assert refused.value.code == "doc-role"
    other = PrivateKey(b"o" * 32)
    stranger = Creator(other.public, other.public.did, "Ben", ("*",))
    with pytest.raises(PaperError) as refused:
        pack(started.workspace, job, stranger, other, now=NOW, advance=lambda _: None)
    assert refused.value.code == "doc-collision"


def test_a_title_that_no_certificate_can_hold_is_refused(started: Started, photos: Path) -> None:
    """A box takes certificates of at most 4 KiB: better heard at home than at the stall."""
    with pytest.raises(PaperError) as refused:
        _pack(started, photos, dataclasses.replace(TERMS, slug="long", title="x" * 4000))
    assert refused.value.code == "bad-certificate"


def test_the_bytes_are_counted_for_the_bar(started: Started, photos: Path) -> None:
    """What the progress bar hears adds up to what it was promised."""
    counted: list[int] = []
    job = prepare(photos, TERMS)
    pack(started.workspace, job, _creator(started), _key(started), now=NOW, advance=counted.append)
    assert sum(counted) == job.size == sum(path.stat().st_size for path in photos.rglob("*.jpg"))


def test_the_source_is_remembered(started: Started, photos: Path) -> None:
    """Bundles are made from where the files lie."""
    path = started.workspace.drop("harbour-lights") / "source.json"
    assert json.loads(path.read_text())["folder"] == str(photos.resolve())


def test_a_cover_that_no_box_takes_is_refused(photos: Path) -> None:
    """A cover of more bytes than a box reads is heard of when packing, before it is read."""
    with (photos / "cover.jpg").open("ab") as file:
        file.truncate(MOST_BYTES + 1)
    assert "larger than 32 MiB" in _refusal(photos).detail
