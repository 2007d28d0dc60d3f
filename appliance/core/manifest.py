"""The drop manifest: what is sold, for how much, in which edition, made of which files.

FORMATS §2.2. Checks fields and the rules by which one version may follow another; who signed is asked of the trust.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from appliance.core.documents import (
    CURRENCY,
    DIGEST,
    SLUG,
    Fields,
    Json,
    format_time,
    malformed,
    read_json,
)
from appliance.core.envelope import Envelope, Kind
from appliance.core.keys import PublicKey
from appliance.core.paths import check_paths
from appliance.core.trust import Trust
from appliance.errors import PaperError

MAX_SIZE = 10_000
MAX_FILES = 10_000
MAX_PRICES = 12
_PRICE_ID = re.compile(r"[a-z0-9-]{1,16}")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


@dataclass(frozen=True, slots=True)
class Price:
    """A price option; `stock` is how many copies may be sold under it, None for no such limit."""

    id: str
    title: str
    amount: int
    hand_over: str | None
    stock: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the drop."""

    path: str
    length: int
    sha256: str
    type: str
    title: str | None
    preview: bool


@dataclass(frozen=True, slots=True)
class Aftercare:
    url: str
    text: str


@dataclass(frozen=True)
class Manifest:
    slug: str
    version: int
    issued: int
    expires: int
    title: str
    summary: str
    origin: PublicKey
    url: str | None
    license: str
    cover: str | None
    size: int | None  # None: an open edition
    prices: tuple[Price, ...]
    currency: str
    sale_from: int | None
    sale_until: int | None
    lifetime: int  # seconds of running time
    budget: int  # how many times the drop's bytes
    files: tuple[Item, ...]
    aftercare: Aftercare | None
    digest: str

    @cached_property
    def drop(self) -> str:
        """The drop id."""
        return drop_id(self.origin.did, self.slug)

    @property
    def numbered(self) -> bool:
        return self.size is not None

    @cached_property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(item.length for item in self.files)

    @property
    def byte_budget(self) -> int:
        """How many bytes a claim may fetch: budget × bytes × 1.2 (FORMATS §2.2)."""
        return self.budget * self.total * 12 // 10

    def price(self, price_id: str) -> Price | None:
        return next((price for price in self.prices if price.id == price_id), None)

    def item(self, path: str) -> Item | None:
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Item]:
        return {item.path: item for item in self.files}


def drop_id(origin: str, slug: str) -> str:
    """First 8 bytes of SHA-256 of `<origin did:key>/<slug>`, hex (FORMATS §1)."""
    return hashlib.sha256(f"{origin}/{slug}".encode()).hexdigest()[:16]


def parse(payload: bytes) -> Manifest:
    """Checks every field; `doc-malformed`, or `bad-path` with all bad file names at once."""
    f = Fields(
        read_json(payload, "The manifest", Kind.DROP.max_payload),
        "manifest",
        *("spec", "drop", "version", "issued", "expires", "title", "summary", "creator", "license", "cover"),
        *("edition", "prices", "currency", "sale", "download", "files", "aftercare"),
    )
    f.spec()
    creator = Fields(f.raw("creator"), "manifest.creator", "key", "url")
    sale = Fields(f.raw("sale"), "manifest.sale", "from", "until")
    download = Fields(f.raw("download"), "manifest.download", "lifetime", "budget")
    manifest = Manifest(
        slug=f.text("drop", SLUG),
        version=f.integer("version", 1),
        issued=f.time("issued"),
        expires=f.time("expires"),
        title=f.words("title"),
        summary=f.text("summary"),
        origin=PublicKey.from_did(creator.text("key"), "manifest.creator.key"),
        url=creator.optional("url", creator.https),
        license=f.words("license"),
        cover=f.optional("cover", f.text),
        size=_edition(f.raw("edition")),
        prices=tuple(_price(where, item) for where, item in f.items("prices", 1, MAX_PRICES)),
        currency=f.text("currency", CURRENCY),
        sale_from=sale.optional("from", sale.time),
        sale_until=sale.optional("until", sale.time),
        lifetime=download.integer("lifetime", 1),
        budget=download.integer("budget", 1, 1_000_000),
        files=tuple(_item(where, item) for where, item in f.items("files", 1, MAX_FILES)),
        aftercare=_aftercare(f.raw("aftercare")),
        digest=Envelope(Kind.DROP, payload, ()).digest,
    )
    _check_whole(manifest)
    return manifest


def _edition(value: Json) -> int | None:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "open":
        Fields(value, "manifest.edition", "kind")
        return None
    f = Fields(value, "manifest.edition", "kind", "size")
    f.choice("kind", frozenset({"numbered", "open"}))
    return f.integer("size", 1, MAX_SIZE)


def _price(where: str, value: Json) -> Price:
    f = Fields(value, where, "id", "title", "amount", "hand_over", "stock")
    return Price(
        f.text("id", _PRICE_ID),
        f.words("title"),
        f.integer("amount"),
        f.optional("hand_over", f.words),
        f.optional("stock", f.integer),
    )


def _item(where: str, value: Json) -> Item:
    f = Fields(value, where, "path", "length", "sha256", "type", "title", "preview")
    return Item(
        f.text("path"),
        f.integer("length"),
        f.text("sha256", DIGEST),
        f.text("type", _TYPE),
        f.optional("title", f.words),
        f.boolean("preview"),
    )


def _aftercare(value: Json) -> Aftercare | None:
    if value is None:
        return None
    f = Fields(value, "manifest.aftercare", "url", "text")
    return Aftercare(f.https("url"), f.words("text"))


def _check_whole(manifest: Manifest) -> None:
    if faults := check_paths(item.path for item in manifest.files):
        raise PaperError.of_many(faults)
    if len({price.id for price in manifest.prices}) != len(manifest.prices):
        raise malformed("manifest.prices has one id twice")
    if manifest.cover is not None and manifest.item(manifest.cover) is None:
        raise malformed("manifest.cover is not one of the files")
    if manifest.expires <= manifest.issued:
        raise malformed("manifest.expires does not lie after issued")
    window = (manifest.sale_from, manifest.sale_until)
    if window[0] is not None and window[1] is not None and window[0] >= window[1]:
        raise malformed("manifest.sale ends before it begins")


def check_signer(manifest: Manifest, envelope: Envelope, trust: Trust) -> None:
    """`doc-role` unless the origin is a creator who may sign this slug; `doc-signature` unless that key signed."""
    creator = trust.creator(manifest.origin.did)
    if creator is None or not creator.may_sign(manifest.slug):
        raise PaperError(
            "doc-role",
            f"“{manifest.title}” names a creator whom trust document {trust.version} does not list for "
            f"{manifest.slug}. Ask the organizer to list the creator and to send a new trust document.",
        )
    if not envelope.signers([creator.key]):
        raise PaperError(
            "doc-signature",
            f"“{manifest.title}” does not carry a valid signature of {creator.name}. Nothing was kept.",
        )


def check_live(manifest: Manifest, lo: int) -> None:
    """`doc-expired` where `lo` has reached the manifest's end."""
    if lo >= manifest.expires:
        raise PaperError(
            "doc-expired",
            f"The papers of “{manifest.title}” expired on {format_time(manifest.expires)}. "
            "Ask the creator for a newer bundle.",
        )


def is_news(held: Manifest | None, offered: Manifest) -> bool:
    """Whether `offered` may replace `held` (False: it is the one held).

    `doc-rollback`, `doc-equivocation` or `edition-changed` where it must not.
    """
    if held is None:
        return True
    if offered.digest == held.digest:
        return False
    if offered.version == held.version:
        raise PaperError(
            "doc-equivocation",
            f"There are two different versions {held.version} of “{held.title}”. The one held stays; tell the creator.",
        )
    if offered.version < held.version:
        raise PaperError(
            "doc-rollback",
            f"“{held.title}” is held here in version {held.version}; {offered.version} is older.",
        )
    if (offered.size, offered.currency) != (held.size, held.currency):
        raise PaperError(
            "edition-changed",
            f"Version {offered.version} of “{held.title}” changes the edition or the currency, which buyers were "
            "promised. Pack it under another slug.",
        )
    return True
