"""The drops on this box, as their verified papers say: what pages, sales and claims look things up in."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.allotment import Epochs
from appliance.core.manifest import Manifest, Price
from appliance.core.trust import Chain
from appliance.errors import PaperError, SaleError
from appliance.store.shelf import Shelved


@dataclass(frozen=True, slots=True)
class Pictures:
    """Digests of the cover's two re-encoded pictures on the shelf."""

    large: str
    small: str


@dataclass(frozen=True, slots=True)
class HeldDrop:
    """One drop: every manifest version held, the newest last, and whose it is."""

    versions: tuple[Manifest, ...]
    creator: str  # the name in the trust document
    epochs: Epochs | None
    pictures: Pictures | None
    refusal: PaperError | None = None  # why it is not sold although it is held; its claims are served all the same

    @property
    def manifest(self) -> Manifest:
        """The newest version."""
        return self.versions[-1]

    def option(self, price_id: str) -> Price | None:
        """The price option of that id as the newest version that has it says it."""
        found = (manifest.price(price_id) for manifest in reversed(self.versions))
        return next((price for price in found if price is not None), None)

    def version(self, number: int) -> Manifest | None:
        return next((manifest for manifest in self.versions if manifest.version == number), None)


@dataclass
class Catalogue:
    """Replaced piece by piece as papers come in; belongs to the event loop's thread."""

    chain: Chain | None
    drops: tuple[HeldDrop, ...]  # by title
    files: dict[str, Shelved]  # what is on the shelf and whole, by digest

    def by_slug(self, slug: str) -> HeldDrop:
        """SaleError `unknown-drop` where no drop has this slug."""
        for held in self.drops:
            if held.manifest.slug == slug:
                return held
        known = ", ".join(held.manifest.slug for held in self.drops) or "none yet"
        raise SaleError("unknown-drop", f"There is no drop “{slug[:63]}” on this box; it has {known}.", status_hint=404)

    def by_id(self, drop: str) -> HeldDrop | None:
        return next((held for held in self.drops if held.manifest.drop == drop), None)

    def put(self, drop: HeldDrop) -> None:
        """Adds a drop or replaces the one of that id."""
        others = [held for held in self.drops if held.manifest.drop != drop.manifest.drop]
        self.drops = tuple(sorted([*others, drop], key=lambda held: (held.manifest.title, held.manifest.drop)))

    def missing(self, manifest: Manifest) -> list[str]:
        """Paths of files that are not whole on the shelf."""
        return [item.path for item in manifest.files if item.sha256 not in self.files]
