"""The trust chain: which documents are adopted, which are refused, and by what sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core import envelope, trust
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Chain, Step, extend, matches
from appliance.errors import PaperError
from tests.organizer import DAY, NOW, Organizer, key

NEW_ROOT = key("new root")


@pytest.fixture
def organizer(tmp_path: Path) -> Organizer:
    return Organizer(tmp_path)


def _offer(organizer: Organizer, *documents: bytes, held: Chain | None = None, lo: int = NOW) -> Step:
    return extend(held, organizer.pin, [envelope.read(data, Kind.TRUST) for data in documents], lo)


def _held(organizer: Organizer) -> Chain:
    step = _offer(organizer, *organizer.trusts)
    assert step.chain is not None
    assert step.fault is None
    return step.chain


def _keys(*keys: PrivateKey, threshold: int = 1) -> dict[str, object]:
    return {"keys": [k.public.did for k in keys], "threshold": threshold}


def _code(step: Step) -> str | None:
    return None if step.fault is None else step.fault.code


def test_the_pinned_document_is_adopted(organizer: Organizer) -> None:
    """The document whose payload digest is pinned begins the chain, with all that it lists."""
    document = _held(organizer).current
    assert (document.organizer, document.event, document.version) == ("Night Market Berlin", "nmb-2026-12", 1)
    assert document.creator(organizer.origin) is not None
    assert document.box(organizer.box.public.id) is not None


def test_another_document_than_the_pinned_one_is_a_gap(organizer: Organizer) -> None:
    """A chain that does not begin at the pin is refused, whoever signed it."""
    step = _offer(organizer, organizer.trust(organizer="Somebody"))
    assert (step.chain, _code(step)) == (None, "doc-gap")
    assert "this box was set up with" in str(step.fault)


def test_the_pin_does_not_stand_in_for_signatures(organizer: Organizer) -> None:
    """The pinned payload must meet its own threshold."""
    step = _offer(organizer, organizer.trust(key("stranger")))
    assert (step.chain, _code(step)) == (None, "doc-threshold")


def test_a_chain_is_adopted_in_any_order(organizer: Organizer) -> None:
    """Versions may lie in the bundle in any order."""
    for _ in range(3):
        organizer.add_trust()
    step = _offer(organizer, *reversed(organizer.trusts))
    assert step.fault is None
    assert step.chain is not None
    assert [t.version for t in step.chain.versions] == [1, 2, 3, 4]


def test_a_rotation_needs_old_and_new_root(organizer: Organizer) -> None:
    """Version n+1 must be signed by the threshold of n's root and of its own."""
    held = _held(organizer)
    root = _keys(NEW_ROOT)
    both = organizer.trust(organizer.root, NEW_ROOT, version=2, root=root)
    assert _code(_offer(organizer, both, held=held)) is None
    for signers in ([organizer.root], [NEW_ROOT]):
        step = _offer(organizer, organizer.trust(*signers, version=2, root=root), held=held)
        assert _code(step) == "doc-threshold"
        assert step.chain == held


def test_the_same_key_twice_does_not_meet_a_threshold_of_two(organizer: Organizer) -> None:
    """Under t=2 one key's signature counts once, however often it stands there."""
    organizer.trusts = [organizer.trust(organizer.root, NEW_ROOT, root=_keys(organizer.root, NEW_ROOT, threshold=2))]
    pin = envelope.read(organizer.trusts[0], Kind.TRUST).digest
    twice = organizer.trust(organizer.root, organizer.root, root=_keys(organizer.root, NEW_ROOT, threshold=2))
    for document, code in ((organizer.trusts[0], None), (twice, "doc-threshold")):
        step = extend(None, pin, [envelope.read(document, Kind.TRUST)], NOW)
        assert _code(step) == code


def test_a_key_listed_twice_in_the_root_is_refused(organizer: Organizer) -> None:
    """Nor can one key be made to count twice by listing it twice."""
    payload = organizer.trust_payload(root=_keys(organizer.root, organizer.root, threshold=2))
    with pytest.raises(PaperError, match="root"):
        trust.parse(payload)


def test_a_version_in_between_must_be_there(organizer: Organizer) -> None:
    """Version 3 after version 1 is `doc-gap`, and the sentence names version 2."""
    step = _offer(organizer, organizer.trust(version=3), held=_held(organizer))
    assert _code(step) == "doc-gap"
    assert "document 2 is missing" in str(step.fault)


def test_a_chain_is_adopted_up_to_its_last_good_document(organizer: Organizer) -> None:
    """What verifies before the fault stays adopted; what comes after is not."""
    second = organizer.add_trust()
    step = _offer(organizer, organizer.trusts[0], second, organizer.trust(key("stranger"), version=3))
    assert _code(step) == "doc-threshold"
    assert step.chain is not None
    assert step.chain.current.version == 2


def test_an_expired_newest_document_adopts_nothing(organizer: Organizer) -> None:
    """Where the last document that verifies has expired, the chain stays as it was; lo = expires is expired."""
    held = _held(organizer)
    second = organizer.trust(version=2, expires=format_time(NOW + DAY))
    assert _code(_offer(organizer, second, held=held, lo=NOW + DAY - 1)) is None
    step = _offer(organizer, second, held=held, lo=NOW + DAY)
    assert _code(step) == "doc-expired"
    assert step.chain == held
    assert format_time(NOW + DAY) in str(step.fault)


def test_an_expired_document_in_the_middle_does_not_matter(organizer: Organizer) -> None:
    """Only the newest document's end counts: the older ones are there to prove it."""
    organizer.add_trust(expires=format_time(NOW + 1))
    organizer.add_trust()
    step = _offer(organizer, *organizer.trusts, lo=NOW + DAY)
    assert step.fault is None
    assert step.chain is not None


def test_a_version_that_is_held_no_more_is_a_rollback(organizer: Organizer) -> None:
    """A document below the first held one is older than what the box was set up with."""
    third = organizer.trust(version=3)
    pin = envelope.read(third, Kind.TRUST).digest
    held = extend(None, pin, [envelope.read(third, Kind.TRUST)], NOW).chain
    step = _offer(organizer, organizer.trust(version=2), held=held)
    assert (_code(step), step.chain) == ("doc-rollback", held)


def test_two_documents_of_one_version_are_an_equivocation(organizer: Organizer) -> None:
    """The held one stays in force, and the fault says that there are two."""
    organizer.add_trust()
    held = _held(organizer)
    step = _offer(organizer, organizer.trust(version=2, organizer="Another"), held=held)
    assert (_code(step), step.chain) == ("doc-equivocation", held)
    assert "two different" in str(step.fault)


def test_what_is_held_already_is_no_fault(organizer: Organizer) -> None:
    """Every bundle brings the whole chain again."""
    organizer.add_trust()
    held = _held(organizer)
    step = _offer(organizer, *organizer.trusts, held=held)
    assert (step.fault, step.chain) == (None, held)


def test_a_revocation_is_never_taken_back(organizer: Organizer) -> None:
    """`revoked` only grows, for keys and for tokens."""
    tokens = [f"{organizer.issuer.public.id}:{'0' * 24}"]
    organizer.add_trust(revoked={"keys": [organizer.issuer.public.did], "tokens": tokens})
    held = _held(organizer)
    for revoked in ({"keys": [], "tokens": tokens}, {"keys": [organizer.issuer.public.did], "tokens": []}):
        step = _offer(organizer, organizer.trust(version=3, revoked=revoked), held=held)
        assert _code(step) == "doc-malformed"
        assert "takes back a revocation" in str(step.fault)


def test_a_chain_is_for_one_event(organizer: Organizer) -> None:
    """Another event's document does not continue the chain."""
    step = _offer(organizer, organizer.trust(version=2, event="other-event"), held=_held(organizer))
    assert "other-event" in str(step.fault)


def test_from_a_revoked_creator_nothing_new_is_accepted(organizer: Organizer) -> None:
    """A revoked key is no current creator, and no longer one that ever was."""
    assert _held(organizer).keys_of(organizer.origin) == {organizer.creator.public}
    organizer.add_trust(revoked={"keys": [organizer.creator.public.did], "tokens": []})
    chain = _held(organizer)
    assert chain.current.creator(organizer.origin) is None
    assert chain.keys_of(organizer.origin) == frozenset()


def test_a_rotated_creator_keeps_the_origin(organizer: Organizer) -> None:
    """The old key's certificates still count, because some version listed it for the origin."""
    new = key("creator's second")
    entry = {"key": new.public.did, "origin": organizer.origin, "name": "Ana Reyes", "drops": ["*"]}
    organizer.add_trust(creators=[entry])
    chain = _held(organizer)
    current = chain.current.creator(organizer.origin)
    assert current is not None
    assert current.key == new.public
    assert chain.keys_of(organizer.origin) == {organizer.creator.public, new.public}


def _creators(*entries: Sequence[PrivateKey]) -> list[dict[str, object]]:
    return [
        {"key": own.public.did, "origin": origin.public.did, "name": "Ana", "drops": ["*"]} for own, origin in entries
    ]


_A, _B = key("a"), key("b")
_ISSUER = {
    "key": _A.public.did,
    "name": "Reader",
    "kind": "reader",
    "drops": ["*"],
    "max_amount": 1,
    "max_lifetime": 1,
    "max_count": 1,
    "time": False,
}
_COSIGNER = {"key": _A.public.did, "name": "Collector", "note": "collector.example"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"spec": 2}, "update"),
        ({"more": 1}, "more"),
        ({"organizer": ""}, "organizer"),
        ({"event": "0123456789abcdef"}, "event"),
        ({"event": "ab"}, "event"),
        ({"event": "Night"}, "event"),
        ({"version": 0}, "version"),
        ({"issued": "today"}, "issued"),
        ({"root": {"keys": [], "threshold": 1}}, "threshold"),
        ({"root": _keys(_A, _B, threshold=3)}, "threshold"),
        ({"root": _keys(_A, threshold=0)}, "threshold"),
        ({"root": {"keys": ["did:key:z6Mk"], "threshold": 1}}, "root.keys"),
        ({"creators": _creators((_A, _A), (_A, _B))}, "creators"),
        ({"creators": _creators((_A, _A), (_B, _A))}, "one origin"),
        ({"creators": [_creators((_A, _A))[0] | {"drops": ["a?c"]}]}, "drops"),
        ({"creators": [_creators((_A, _A))[0] | {"drops": "*"}]}, "drops"),
        ({"issuers": [_ISSUER | {"kind": "bank"}]}, "kind"),
        ({"issuers": [_ISSUER | {"max_amount": -1}]}, "max_amount"),
        ({"issuers": [_ISSUER | {"max_count": "many"}]}, "max_count"),
        ({"issuers": [_ISSUER | {"time": 1}]}, "time"),
        ({"issuers": [_ISSUER, _ISSUER]}, "issuers"),
        ({"boxes": [{"key": _A.public.did, "name": "1"}] * 2}, "boxes"),
        ({"boxes": [{"key": _A.public.did, "name": "1", "place": "2"}]}, "place"),
        ({"cosigners": [_COSIGNER | {"note": "a b"}]}, "note"),
        ({"cosigners": [_COSIGNER | {"note": "a\u2003b"}]}, "note"),
        ({"cosigners": [_COSIGNER | {"note": "a+b"}]}, "note"),
        ({"cosigners": [_COSIGNER | {"note": "ü" * 33}]}, "note"),
        ({"contact_key": "AAAA"}, "contact_key"),
        ({"contact_key": "!"}, "contact_key"),
        ({"revoked": {"keys": ["x"], "tokens": []}}, "revoked"),
        ({"revoked": {"keys": [], "tokens": ["x"]}}, "tokens"),
    ],
)
def test_a_field_that_is_wrong_is_named(organizer: Organizer, fields: dict[str, object], named: str) -> None:
    """Every rule of FORMATS §2.1 about single fields is `doc-malformed`, and the sentence names the field."""
    with pytest.raises(PaperError) as refused:
        trust.parse(organizer.trust_payload(**fields))
    assert refused.value.code == "doc-malformed"
    assert named in refused.value.detail


def test_a_field_that_is_missing_is_named(organizer: Organizer) -> None:
    """No field is optional."""
    for name, value in organizer.trust_fields().items():
        fields = organizer.trust_fields()
        assert fields.pop(name) == value
        with pytest.raises(PaperError, match=name):
            trust.parse(write_json(fields))


@pytest.mark.parametrize(
    ("glob", "slug", "covered"),
    [
        ("*", "anything", True),
        ("harbour-*", "harbour-lights", True),
        ("harbour-*", "harbour-", True),
        ("*-lights", "harbour-lights", True),
        ("h*r*s", "harbour-lights", True),
        ("harbour", "harbour-lights", False),
        ("harbour-*", "xharbour-lights", False),
    ],
)
def test_globs_know_only_the_star(glob: str, slug: str, covered: bool) -> None:
    """`*` stands for anything; every other character for itself."""
    assert matches([glob], slug) is covered


@pytest.mark.parametrize("pin", ["", "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_a_pin_is_a_digest(pin: str) -> None:
    """Any other text is refused when the settings are read."""
    with pytest.raises(PaperError, match="pinned"):
        trust.check_pin(pin)
