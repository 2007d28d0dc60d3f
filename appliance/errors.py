"""Every refusal of stallbox: one root, children by whose fault it is.

An error carries a stable code (FORMATS §9) for machines, a title that is the same for every error of that code,
and a detail: what happened here and what to do, in one or two sentences for the person who meets it.
This module knows no HTTP and logs nothing; `status_hint` is a suggestion that the web face may follow.
"""

from __future__ import annotations

from collections.abc import Sequence

_TITLES = {
    # sale and token
    "unknown-drop": "This drop is not on this box",
    "unknown-price": "This price option does not exist",
    "window-not-open": "The sale has not begun",
    "window-closed": "The sale is over",
    "papers-expired": "The drop's papers have expired",
    "sold-out": "Sold out on this box",
    "not-allotted": "This box has no numbers of this drop",
    "not-ready": "Not ready: try again",
    "unknown-sale": "No such sale",
    "already-void": "This sale is void already",
    "already-opened": "The buyer has opened this claim",
    "free-limit": "No more free copies for now",
    "unknown-issuer": "Nobody here knows who signed this",
    "bad-signature": "The signature does not hold",
    "spent": "This was redeemed already",
    "revoked": "This was withdrawn",
    "wrong-box": "This is for another box",
    "wrong-drop": "This reader may not sell this drop",
    "over-limit": "This is more than the reader may sign",
    "wrong-price": "The price paid is not right",
    "expired": "This has expired",
    "not-yet": "This is not valid yet",
    "owed": "Paid, but there is no copy left",
    "pin-wrong": "The PIN is not right",
    "already-refunded": "This was paid back already",
    "unpaired": "This phone is not paired with the box",
    "malformed": "This cannot be read",
    # requests
    "key-reused": "This was sent before with other content",
    "in-flight": "The same request is still running",
    "too-many": "Too many tries",
    "too-large": "Too large",
    "bad-request": "The request cannot be understood",
    "wrong-host": "This address is not the box's",
    "wrong-origin": "This request came from another site",
    "not-found": "There is nothing at this address",
    # papers and bundles
    "doc-malformed": "A document cannot be read",
    "doc-too-large": "A document is too large",
    "doc-signature": "A signature does not hold",
    "doc-threshold": "Not enough signatures",
    "doc-role": "The signer may not sign this",
    "doc-expired": "A document has expired",
    "doc-rollback": "A document is older than the one held",
    "doc-equivocation": "Two different documents claim the same version",
    "doc-gap": "A document in between is missing",
    "doc-collision": "Another creator's drop has this name",
    "edition-changed": "An edition never changes",
    "bad-path": "A file name cannot be used",
    "missing-file": "A file is missing",
    "wrong-digest": "A file is not the one that was signed",
    "bad-certificate": "A certificate does not hold",
    "no-space": "Not enough free space",
    # claims
    "unknown-claim": "This code is not known here",
    "other-box": "This code belongs to another box",
    "claim-ended": "This download has ended",
    "budget-spent": "This download was fetched too often",
    "pickup-wrong": "This number is not waiting here",
    "pickup-wait": "Too many wrong numbers: wait a moment",
    # the box itself
    "settings": "The settings have faults",
    "hotspot": "The box's network cannot be changed",
    "store": "The box's data cannot be used",
    "device": "A device does not answer",
    "key-file": "A key file cannot be used",
    "busy": "Another stallbox uses this data",
    "fault": "The box has a fault",
    "adopted": "Another box goes on in this one's place",
    "forgotten": "The mirror stick knows more than the box",
    # the organizer's tool
    "not-logged-in": "Nobody is logged in",
    "workspace": "The workspace does not allow this",
}


def titles() -> dict[str, str]:
    """What every code is called, for whoever translates it."""
    return dict(_TITLES)


class StallboxError(Exception):
    """The root of all refusals; never raised itself."""

    status_hint = 400

    def __init__(self, code: str, detail: str, *, status_hint: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        if status_hint is not None:
            self.status_hint = status_hint

    @property
    def title(self) -> str:
        """What happened, the same for every error of this code."""
        return _TITLES[self.code]


class PaperError(StallboxError):
    """A signed document or a bundle is not what it must be: for the creator or the organizer."""

    status_hint = 422

    @classmethod
    def of_many(cls, faults: Sequence[PaperError]) -> PaperError:
        """All faults at once, under the code of the first. `faults` is not empty."""
        return cls(faults[0].code, "\n".join(dict.fromkeys(fault.detail for fault in faults)))


class KeyFileError(StallboxError):
    """A private key file cannot be read or must not be used: for whoever keeps the keys."""


class PassphraseError(KeyFileError):
    """A key file is whole, and the pass phrase is not its own."""


class SaleError(StallboxError):
    """A sale, or what is done to one, is refused: for the stall owner."""

    status_hint = 409


class ClaimError(StallboxError):
    """A download is refused: for the buyer."""

    status_hint = 404


class RequestError(StallboxError):
    """A request that cannot be served as it was sent: for the program that sent it."""


class StoreError(StallboxError):
    """Disk, ledger or shelf fail: for the stall owner."""

    status_hint = 503


class DeviceError(StallboxError):
    """A display, button or lamp fails; sales go on: for the stall owner."""

    status_hint = 503


class SettingsError(StallboxError):
    """stallbox.toml has faults: for whoever set the box up."""


class HotspotError(StallboxError):
    """The box's own network cannot be made as the settings say: for whoever set the box up."""


class WorkspaceError(StallboxError):
    """The organizer's folder lacks what a command needs, or holds what it must not replace: for the organizer."""
