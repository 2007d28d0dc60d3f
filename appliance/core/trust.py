"""The trust document and its chain: which keys are creators, issuers, boxes and cosigners, by whose word.

FORMATS §2.1. Knows the rules by which a later version may follow an earlier one; touches no file and no clock.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from appliance.core.documents import DIGEST, Fields, Json, format_time, malformed, read_json
from appliance.core.envelope import Envelope, Kind
from appliance.core.keys import PublicKey
from appliance.errors import PaperError

EVENT = re.compile(r"(?![0-9a-f]{16}$)[a-z0-9][a-z0-9.-]{2,31}")
_GLOB = re.compile(r"[a-z0-9*-]{1,63}")
_NOTE = re.compile(r"[^\s+]{1,64}")
TOKEN_ID = re.compile(r"[0-9a-f]{16}:[0-9a-f]{24}")
ISSUER_KINDS = frozenset({"reader", "web", "voucher"})


@dataclass(frozen=True, slots=True)
class Creator:
    key: PublicKey
    origin: str  # did:key
    name: str
    drops: tuple[str, ...]

    def may_sign(self, slug: str) -> bool:
        return matches(self.drops, slug)


@dataclass(frozen=True, slots=True)
class Issuer:
    key: PublicKey
    name: str
    kind: str
    drops: tuple[str, ...]
    max_amount: int  # minor units
    max_lifetime: int  # seconds
    max_count: int | None
    time: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A box, or a cosigner with its `note` name."""

    key: PublicKey
    name: str
    note: str = ""


@dataclass(frozen=True)
class Trust:
    """One version of the trust document, its fields checked; whether it is signed is for the chain to say."""

    organizer: str
    event: str
    version: int
    issued: int
    expires: int
    root: tuple[PublicKey, ...]
    threshold: int
    creators: tuple[Creator, ...]
    issuers: tuple[Issuer, ...]
    boxes: tuple[Member, ...]
    cosigners: tuple[Member, ...]
    contact_key: str | None
    contact_text: str | None
    revoked_keys: frozenset[str]
    revoked_tokens: frozenset[str]
    digest: str

    def is_met_by(self, envelope: Envelope) -> bool:
        """Whether the root's threshold has signed this envelope."""
        return len(envelope.signers(self.root)) >= self.threshold

    @cached_property
    def current_creators(self) -> tuple[Creator, ...]:
        """Those whose key this version does not revoke."""
        return tuple(c for c in self.creators if c.key.did not in self.revoked_keys)

    def creator(self, origin: str) -> Creator | None:
        return next((c for c in self.current_creators if c.origin == origin), None)

    def box(self, box_id: str) -> Member | None:
        return next((b for b in self.boxes if b.key.id == box_id and b.key.did not in self.revoked_keys), None)


def matches(globs: Iterable[str], slug: str) -> bool:
    """Whether one of the globs, in which only `*` is special, covers the slug."""
    return any(re.fullmatch(".*".join(re.escape(part) for part in glob.split("*")), slug) is not None for glob in globs)


def parse(payload: bytes) -> Trust:
    """Checks every field of FORMATS §2.1; PaperError `doc-malformed` names the first that is wrong."""
    f = Fields(
        read_json(payload, "The trust document", Kind.TRUST.max_payload),
        "trust",
        *("spec", "organizer", "event", "version", "issued", "expires", "root", "creators", "issuers"),
        *("boxes", "cosigners", "contact_key", "contact_text", "revoked"),
    )
    f.spec()
    root = Fields(f.raw("root"), "trust.root", "keys", "threshold")
    revoked = Fields(f.raw("revoked"), "trust.revoked", "keys", "tokens")
    keys = _keys(root)
    trust = Trust(
        organizer=f.words("organizer"),
        event=f.text("event", EVENT),
        version=f.integer("version", 1),
        issued=f.time("issued"),
        expires=f.time("expires"),
        root=keys,
        threshold=root.integer("threshold", 1, len(keys)),
        creators=tuple(_creator(where, item) for where, item in f.items("creators")),
        issuers=tuple(_issuer(where, item) for where, item in f.items("issuers")),
        boxes=tuple(_box(where, item) for where, item in f.items("boxes")),
        cosigners=tuple(_cosigner(where, item) for where, item in f.items("cosigners")),
        contact_key=f.optional("contact_key", lambda name: _contact_key(f.text(name))),
        contact_text=f.optional("contact_text", f.text),
        revoked_keys=frozenset(key.did for key in _keys(revoked)),
        revoked_tokens=frozenset(revoked.texts("tokens", TOKEN_ID)),
        digest=Envelope(Kind.TRUST, payload, ()).digest,
    )
    _check_keys(trust)
    return trust


def _keys(fields: Fields) -> tuple[PublicKey, ...]:
    return tuple(PublicKey.from_did(did, fields.at("keys")) for did in fields.texts("keys"))


def _key(f: Fields) -> PublicKey:
    return PublicKey.from_did(f.text("key"), f.at("key"))


def _creator(where: str, item: Json) -> Creator:
    f = Fields(item, where, "key", "origin", "name", "drops")
    origin = PublicKey.from_did(f.text("origin"), f.at("origin"))
    return Creator(_key(f), origin.did, f.words("name"), f.texts("drops", _GLOB))


def _issuer(where: str, item: Json) -> Issuer:
    limits = ("max_amount", "max_lifetime", "max_count")
    f = Fields(item, where, "key", "name", "kind", "drops", *limits, "time")
    return Issuer(
        key=_key(f),
        name=f.words("name"),
        kind=f.choice("kind", ISSUER_KINDS),
        drops=f.texts("drops", _GLOB),
        max_amount=f.integer("max_amount"),
        max_lifetime=f.integer("max_lifetime"),
        max_count=f.optional("max_count", f.integer),
        time=f.boolean("time"),
    )


def _box(where: str, item: Json) -> Member:
    f = Fields(item, where, "key", "name")
    return Member(_key(f), f.words("name"))


def _cosigner(where: str, item: Json) -> Member:
    f = Fields(item, where, "key", "name", "note")
    note = f.text("note", _NOTE)
    if len(note.encode()) > 64:
        raise malformed(f"{f.at('note')} is longer than 64 bytes")
    return Member(_key(f), f.words("name"), note)


def _contact_key(text: str) -> str:
    try:
        if len(b64decode(text, validate=True)) == 32:
            return text
    except ValueError:
        pass
    raise malformed("trust.contact_key is not a base64 X25519 key")


def _check_keys(trust: Trust) -> None:
    roles: dict[str, list[PublicKey]] = {
        "root": list(trust.root),
        "creators": [c.key for c in trust.creators],
        "issuers": [i.key for i in trust.issuers],
        "boxes": [b.key for b in trust.boxes],
        "cosigners": [c.key for c in trust.cosigners],
    }
    for role, keys in roles.items():
        if len({key.raw for key in keys}) != len(keys):
            raise malformed(f"trust.{role} lists one key twice")
    every = {key.raw: key.id for keys in roles.values() for key in keys}
    if len(set(every.values())) != len(every):
        raise malformed("trust: two different keys share one key id")
    origins = [c.origin for c in trust.current_creators]
    if len(set(origins)) != len(origins):
        raise malformed("trust.creators has two current entries with one origin")


@dataclass(frozen=True)
class Chain:
    """Every trust document since the pin, each proved by the one before; never empty."""

    versions: tuple[Trust, ...]

    @property
    def current(self) -> Trust:
        return self.versions[-1]

    @cached_property
    def revoked_keys(self) -> frozenset[str]:
        return frozenset().union(*(trust.revoked_keys for trust in self.versions))

    def keys_of(self, origin: str) -> frozenset[PublicKey]:
        """The keys that some version lists for the origin and none revokes."""
        listed = {c.key for trust in self.versions for c in trust.creators if c.origin == origin}
        return frozenset(key for key in listed if key.did not in self.revoked_keys)

    def was_root_of(self, envelope: Envelope) -> bool:
        """Whether the threshold of a root that was in force signed this, with keys that no version revokes."""
        return any(
            len(envelope.signers(key for key in trust.root if key.did not in self.revoked_keys)) >= trust.threshold
            for trust in self.versions
        )

    def ever_box(self, box_id: str) -> Member | None:
        """The box of that id in the newest version that ever listed it."""
        for trust in reversed(self.versions):
            for box in trust.boxes:
                if box.key.id == box_id:
                    return box
        return None


@dataclass(frozen=True, slots=True)
class Step:
    """What came of offering documents to a chain: the chain that holds now, and why it stopped, if it did."""

    chain: Chain | None
    fault: PaperError | None


def extend(chain: Chain | None, pin: str, envelopes: Sequence[Envelope], lo: int) -> Step:
    """Offers documents, in any order, to what is held (None: only the pin, a payload digest, is known).

    The chain is adopted up to its last document that verifies, if that one is not expired at `lo`; else nothing is
    (FORMATS §2.1). The fault is `doc-gap`, `doc-threshold`, `doc-expired`, `doc-rollback`, `doc-equivocation`,
    `doc-malformed` or `doc-signature`. Documents that are held already are no fault.
    """
    held = () if chain is None else chain.versions
    grown, fault = _grow(held, pin, envelopes)
    if len(grown) == len(held):
        return Step(chain, fault)
    newest = grown[-1]
    if lo >= newest.expires:
        expired = PaperError(
            "doc-expired",
            f"Trust document {newest.version} expired on {format_time(newest.expires)}. "
            "Ask the organizer for a new one.",
        )
        return Step(chain, fault or expired)
    return Step(Chain(grown), fault)


def _grow(
    held: tuple[Trust, ...], pin: str, envelopes: Sequence[Envelope]
) -> tuple[tuple[Trust, ...], PaperError | None]:
    grown = held
    try:
        offered = sorted(((parse(e.payload), e) for e in envelopes), key=lambda pair: pair[0].version)
        for trust, envelope in offered:
            grown = _next(grown, pin, trust, envelope)
    except PaperError as fault:
        return grown, fault
    return grown, None


def _next(grown: tuple[Trust, ...], pin: str, trust: Trust, envelope: Envelope) -> tuple[Trust, ...]:
    if not trust.is_met_by(envelope):
        raise PaperError(
            "doc-threshold",
            f"Trust document {trust.version} is not signed by {trust.threshold} of its root keys.",
        )
    if not grown:
        if trust.digest != pin:
            raise PaperError(
                "doc-gap",
                f"The bundle begins with trust document {trust.version}, which is not the one this box was set up "
                "with. Ask the organizer for a bundle for this box.",
            )
        return (trust,)
    same = [t for t in grown if t.version == trust.version]
    if same:
        if same[0].digest != trust.digest:
            raise PaperError(
                "doc-equivocation",
                f"There are two different trust documents {trust.version}. The one held stays; tell the organizer.",
            )
        return grown
    last = grown[-1]
    if trust.version < last.version:
        raise PaperError("doc-rollback", f"Trust document {trust.version} is older than {last.version}, held here.")
    _check_successor(last, trust, envelope)
    return (*grown, trust)


def _check_successor(last: Trust, trust: Trust, envelope: Envelope) -> None:
    if trust.version != last.version + 1:
        raise PaperError(
            "doc-gap",
            f"Trust document {last.version + 1} is missing between {last.version} and {trust.version}.",
        )
    if not last.is_met_by(envelope):
        raise PaperError(
            "doc-threshold",
            f"Trust document {trust.version} is not signed by {last.threshold} root keys of version {last.version}.",
        )
    if trust.event != last.event:
        raise malformed(f"Trust document {trust.version} is for another event, {trust.event}")
    if not (trust.revoked_keys >= last.revoked_keys and trust.revoked_tokens >= last.revoked_tokens):
        raise malformed(f"Trust document {trust.version} takes back a revocation")


def check_pin(pin: str) -> str:
    """The pin as settings hold it: a payload's SHA-256; `doc-malformed` for any other text."""
    if not DIGEST.fullmatch(pin):
        raise malformed("The pinned root is not a SHA-256 digest")
    return pin
