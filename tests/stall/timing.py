"""A stall whose machine's clocks the test sets, with a reader whose time is believed; started as often as needed."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from appliance.core.documents import format_time, write_json
from appliance.core.entries import Entry
from appliance.core.envelope import Kind, sign
from appliance.core.keys import PrivateKey
from appliance.core.manifest import drop_id
from appliance.core.sale import Order
from appliance.core.time_sources import Rtc
from appliance.errors import StallboxError
from appliance.premises import open_stall_in
from appliance.stall.boxclock import Readings
from appliance.stall.stall import Stall
from appliance.stall.timekeeping import note_clock
from tests import ledgers
from tests.box import make_data
from tests.organizer import DAY, NOW, Organizer
from tests.stall.hardware import Hardware

SLUG = "harbour-lights"


@dataclass
class Timed:
    """`organizer`'s only reader is one whose signed time is believed. `rtc`: the battery clock, if there is one."""

    folder: Path
    organizer: Organizer
    hardware: Hardware = field(default_factory=Hardware)
    rtc: Rtc | None = None

    @property
    def box(self) -> Path:
        return self.folder / "box"

    @property
    def readings(self) -> Readings:
        return replace(self.hardware.readings, rtc=lambda: self.rtc)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Stall]:
        """The stall until the end of the block; it may be started again."""
        async with open_stall_in(self.box, readings=self.readings) as (stall, _):
            yield stall

    def bundle(self, sale: Mapping[str, int | None] | None = None, **fields: object) -> Path:
        """Harbour Lights, numbers 1 to 20. `sale`: its window, Unix seconds."""
        window = {name: format_time(at) if at is not None else None for name, at in (sale or {}).items()}
        more = {"sale": window} if window else {}
        return self.organizer.drop(SLUG, 20, **more, **fields).bundle(self.folder)

    def token(self, issued: int, lifetime: int = 3600, nonce: bytes | None = None, cti: bytes | None = None) -> str:
        drop = drop_id(self.organizer.origin, SLUG)
        box = self.organizer.box.public.id
        return self.organizer.token(box, drop, issued=issued, expires=issued + lifetime, nonce=nonce, cti=cti)

    def reset(self, n: int, issued: int, *signers: PrivateKey, box: str | None = None) -> Path:
        """The file of a clock-reset for this box, by the root unless `signers` are named."""
        payload = {
            "spec": 1,
            "box": box or self.organizer.box.public.id,
            "n": n,
            "issued": format_time(issued),
        }
        path = self.folder / f"{uuid.uuid4()}.dsse.json"
        path.write_bytes(sign(Kind.CLOCK_RESET, write_json(payload), signers or [self.organizer.root]))
        return path

    def log(self) -> list[Entry]:
        """The newest incarnation; `seq` has no gap, or this fails."""
        return ledgers.log(self.box / "ledger.db")

    def changes(self) -> list[tuple[str, str, str]]:
        """Of every `clock` entry: its source, the quality before and after."""
        found = []
        for entry in self.log():
            if entry.type == "clock":
                before, after = entry.fields["from"], entry.fields["to"]
                assert isinstance(before, dict)
                assert isinstance(after, dict)
                found.append((str(entry.fields["source"]), str(before["quality"]), str(after["quality"])))
        return found

    def check_order(self) -> None:
        """Every sale is there once, and time as the box knew it never went back along the log."""
        log = self.log()
        assert all(a.time.lo <= b.time.lo for a, b in pairwise(log))
        numbers = [entry.fields["number"] for entry in log if entry.type == "sale"]
        assert sorted(numbers, key=repr) == sorted(set(numbers), key=repr)


def timed(folder: Path, *, wall: int = NOW, ntp_error_s: int | None = None) -> Timed:
    """A box that has never run; nobody synchronises its system clock unless `ntp_error_s` is given."""
    organizer = _organizer(folder)
    made = Timed(folder, organizer)
    made.hardware.wall, made.hardware.ntp_error_s = wall, ntp_error_s
    make_data(made.box, organizer)
    return made


def _organizer(folder: Path) -> Organizer:
    organizer = Organizer(folder)
    [issuer] = organizer.trust_fields()["issuers"]  # type: ignore[misc]
    believed = {**issuer, "time": True, "max_lifetime": 400 * DAY}  # type: ignore[dict-item]
    plain = organizer.trust_fields
    organizer.trust_fields = lambda **fields: plain(**{"issuers": [believed], **fields})  # type: ignore[method-assign]
    organizer.trusts = [organizer.trust()]
    return organizer


async def sell(stall: Stall) -> int | None:
    """Sells one copy for cash: its number."""
    [sold] = await stall.seller.sell(Order(SLUG))
    return sold.number


async def refusal_of(stall: Stall, token: str) -> str | None:
    """The code with which a token is refused, or None."""
    try:
        await stall.redeemer.redeem(token)
    except StallboxError as refusal:
        return refusal.code
    return None


async def listen(stall: Stall) -> None:
    """What the service does every half minute."""
    stall.house.clock.read_system()
    await note_clock(stall.house)
