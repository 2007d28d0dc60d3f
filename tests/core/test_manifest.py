"""Drop manifests: every rule of FORMATS §2.2 about fields, signers and the version that follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import envelope, manifest, trust
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind
from appliance.core.manifest import Manifest, check_live, check_signer, drop_id, is_news
from appliance.errors import PaperError
from tests.organizer import DAY, NOW, Drop, Organizer, key

_PRICE = {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None}
_FILE = {"path": "a.jpg", "length": 1, "sha256": "0" * 64, "type": "image/jpeg", "title": None, "preview": False}


@pytest.fixture
def organizer(tmp_path: Path) -> Organizer:
    return Organizer(tmp_path)


@pytest.fixture
def drop(organizer: Organizer) -> Drop:
    return organizer.drop()


def _parse(packed: Drop, /, **fields: object) -> Manifest:
    return manifest.parse(packed.manifest_payload(**fields))


def test_a_manifest_is_read_as_it_was_meant(drop: Drop) -> None:
    """All fields arrive, and the drop id is the one of FORMATS §1."""
    read = _parse(drop, sale={"from": None, "until": format_time(NOW + DAY)}, cover="01-pier.jpg")
    assert (read.slug, read.size, read.currency, read.cover) == ("harbour-lights", 100, "EUR", "01-pier.jpg")
    assert (read.sale_from, read.sale_until) == (None, NOW + DAY)
    assert read.drop == drop_id(read.origin.did, "harbour-lights") == drop.id
    assert read.total == sum(len(data) for data in drop.files.values())
    assert read.byte_budget == 3 * read.total * 12 // 10


def test_an_open_edition_has_no_size(drop: Drop) -> None:
    """`{"kind":"open"}` alone."""
    assert _parse(drop, edition={"kind": "open"}).size is None


def test_drop_ids_differ_by_creator_and_slug() -> None:
    """Nobody can take another creator's drop id by taking the slug."""
    ids = {drop_id(key(name).public.did, slug) for name in ("a", "b") for slug in ("x", "y")}
    assert len(ids) == 4
    assert all(len(found) == 16 for found in ids)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"spec": 2}, "update"),
        ({"more": 1}, "more"),
        ({"drop": "Harbour"}, "manifest.drop"),
        ({"drop": "-x"}, "manifest.drop"),
        ({"drop": "x" * 64}, "manifest.drop"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"expires": format_time(NOW)}, "expires"),
        ({"title": " "}, "title"),
        ({"summary": None}, "summary"),
        ({"creator": {"key": "did:key:zX", "url": None}}, "creator.key"),
        ({"creator": {"key": key("a").public.did, "url": "http://a.example"}}, "creator.url"),
        ({"license": ""}, "license"),
        ({"cover": "nowhere.jpg"}, "cover"),
        ({"edition": {"kind": "numbered"}}, "size"),
        ({"edition": {"kind": "numbered", "size": 0}}, "size"),
        ({"edition": {"kind": "numbered", "size": 10_001}}, "size"),
        ({"edition": {"kind": "open", "size": 5}}, "size"),
        ({"edition": {"kind": "secret", "size": 5}}, "kind"),
        ({"edition": None}, "edition"),
        ({"prices": []}, "prices"),
        ({"prices": [_PRICE | {"id": f"p{n}"} for n in range(13)]}, "prices"),
        ({"prices": [_PRICE, _PRICE]}, "prices"),
        ({"prices": [_PRICE | {"id": "No"}]}, "prices[0].id"),
        ({"prices": [_PRICE | {"id": "x" * 17}]}, "prices[0].id"),
        ({"prices": [_PRICE | {"amount": -1}]}, "prices[0].amount"),
        ({"prices": [_PRICE | {"amount": "800"}]}, "prices[0].amount"),
        ({"prices": [_PRICE | {"hand_over": ""}]}, "hand_over"),
        ({"prices": [_PRICE | {"stock": -1}]}, "stock"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"sale": {"from": format_time(NOW), "until": format_time(NOW)}}, "sale"),
        ({"sale": {"from": None}}, "until"),
        ({"download": {"lifetime": 0, "budget": 3}}, "lifetime"),
        ({"download": {"lifetime": 7200, "budget": 0}}, "budget"),
        ({"files": []}, "files"),
        ({"files": [_FILE | {"length": -1}]}, "length"),
        ({"files": [_FILE | {"sha256": "0" * 63}]}, "sha256"),
        ({"files": [_FILE | {"sha256": "A" * 64}]}, "sha256"),
        ({"files": [_FILE | {"type": "image"}]}, "type"),
        ({"files": [_FILE | {"type": "image/jpeg; charset=x"}]}, "type"),
        ({"files": [_FILE | {"type": "text/html\r\nX: y"}]}, "type"),
        ({"files": [_FILE | {"preview": None}]}, "preview"),
        ({"files": [_FILE | {"link": "b"}]}, "link"),
        ({"aftercare": {"url": "ftp://a.example", "text": "x"}}, "aftercare"),
    ],
)
def test_a_field_that_is_wrong_is_named(drop: Drop, fields: dict[str, object], named: str) -> None:
    """Each breach is `doc-malformed`, and the sentence names the field."""
    with pytest.raises(PaperError) as refused:
        _parse(drop, **fields)
    assert refused.value.code == "doc-malformed"
    assert named in refused.value.detail


def test_a_field_that_is_missing_is_named(drop: Drop) -> None:
    """No field is optional."""
    for name in drop.manifest_fields():
        fields = drop.manifest_fields()
        del fields[name]
        with pytest.raises(PaperError, match=name):
            manifest.parse(write_json(fields))


def test_too_many_files_are_refused(drop: Drop) -> None:
    """10,000 files are the most."""
    files = [_FILE | {"path": f"{n}.jpg"} for n in range(10_001)]
    with pytest.raises(PaperError, match="10000"):
        _parse(drop, files=files)
    assert len(_parse(drop, files=files[:-1]).files) == 10_000


def test_all_bad_file_names_come_at_once(drop: Drop) -> None:
    """Traversal, device names and names that meet without case are `bad-path`, all in one refusal."""
    paths = ("../up", "NUL", "a.jpg", "A.jpg", "ok.jpg")
    with pytest.raises(PaperError) as refused:
        _parse(drop, files=[_FILE | {"path": path} for path in paths])
    assert refused.value.code == "bad-path"
    assert len(refused.value.detail.splitlines()) == 3
    assert all(f"“{path}”" in refused.value.detail for path in ("../up", "NUL", "A.jpg"))


def _check(organizer: Organizer, data: bytes, **fields: object) -> None:
    read = envelope.read(data, Kind.DROP)
    check_signer(manifest.parse(read.payload), read, trust.parse(organizer.trust_payload(**fields)))


def test_the_creator_may_sign(organizer: Organizer, drop: Drop) -> None:
    """A current key of the origin whose globs cover the slug."""
    _check(organizer, drop.manifest())


def test_a_key_that_is_no_creator_may_not(organizer: Organizer) -> None:
    """A manifest that names a stranger as its creator is `doc-role`, however well it is signed."""
    stranger = key("stranger")
    other = organizer.drop(creator={"key": stranger.public.did, "url": None})
    with pytest.raises(PaperError) as refused:
        _check(organizer, other.manifest(stranger))
    assert refused.value.code == "doc-role"
    assert "does not list" in refused.value.detail


def test_somebody_elses_signature_is_none(organizer: Organizer, drop: Drop) -> None:
    """Neither the root's nor a stranger's signature stands in for the creator's."""
    for signer in (organizer.root, organizer.box, key("stranger")):
        with pytest.raises(PaperError) as refused:
            _check(organizer, drop.manifest(signer))
        assert refused.value.code == "doc-signature"
        assert "Ana Reyes" in refused.value.detail


def test_a_creator_signs_only_drops_that_are_theirs(organizer: Organizer, drop: Drop) -> None:
    """The globs of the trust document bind."""
    entry = {"key": organizer.origin, "origin": organizer.origin, "name": "Ana Reyes", "drops": ["zine-*"]}
    with pytest.raises(PaperError) as refused:
        _check(organizer, drop.manifest(), creators=[entry])
    assert refused.value.code == "doc-role"


def test_a_revoked_creator_signs_nothing(organizer: Organizer, drop: Drop) -> None:
    """Revocation wins over the list of creators."""
    with pytest.raises(PaperError) as refused:
        _check(organizer, drop.manifest(), revoked={"keys": [organizer.origin], "tokens": []})
    assert refused.value.code == "doc-role"


def test_a_rotated_creator_signs_with_the_new_key(organizer: Organizer, drop: Drop) -> None:
    """The origin stays the name; the current key signs, the old one no more."""
    new = key("second")
    entry = {"key": new.public.did, "origin": organizer.origin, "name": "Ana Reyes", "drops": ["*"]}
    _check(organizer, drop.manifest(new), creators=[entry])
    with pytest.raises(PaperError) as refused:
        _check(organizer, drop.manifest(), creators=[entry])
    assert refused.value.code == "doc-signature"


def test_expired_means_lo_has_reached_the_end(drop: Drop) -> None:
    """One second before is alive, the very second is not, and the sentence says when it was."""
    read = _parse(drop)
    check_live(read, read.expires - 1)
    with pytest.raises(PaperError) as refused:
        check_live(read, read.expires)
    assert refused.value.code == "doc-expired"
    assert format_time(read.expires) in refused.value.detail


def test_a_higher_version_is_news(drop: Drop) -> None:
    """The first and every higher version; the very same payload is here already."""
    held = _parse(drop, version=2)
    assert is_news(None, held)
    assert is_news(held, _parse(drop, version=5))
    assert not is_news(held, _parse(drop, version=2))


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"version": 1}, "doc-rollback", "older"),
        ({"version": 2, "title": "Other"}, "doc-equivocation", "two different versions 2"),
        ({"version": 3, "edition": {"kind": "numbered", "size": 101}}, "edition-changed", "edition"),
        ({"version": 3, "edition": {"kind": "numbered", "size": 99}}, "edition-changed", "edition"),
        ({"version": 3, "edition": {"kind": "open"}}, "edition-changed", "edition"),
        ({"version": 3, "currency": "USD"}, "edition-changed", "currency"),
    ],
)
def test_what_may_not_replace_the_held_version(drop: Drop, fields: dict[str, object], code: str, said: str) -> None:
    """Rollback, equivocation and an edition that grew, shrank or changed its kind or currency are refused."""
    with pytest.raises(PaperError) as refused:
        is_news(_parse(drop, version=2), _parse(drop, **fields))
    assert refused.value.code == code
    assert said in refused.value.detail
    assert "Harbour Lights" in refused.value.detail
