"""What is left, what was sold, what waits: the box's status and the lists that the stall owner reads.

Only looks; the ledger's tables answer, the catalogue says what the numbers mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import claim as codes
from appliance.core import entries
from appliance.core.clock import Quality, Stamp
from appliance.core.sale import window
from appliance.core.status import Case, ClockStatus, DropStatus, Fault, Join, Papers, Status, Unsynced, WaitingClaim
from appliance.core.time_rules import Window
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.house import House
from appliance.stall.panel import Panel
from appliance.stall.questions import Questions
from appliance.store.rows import OwedRow, SaleRow
from appliance.store.sales import PICKUP_MS

DAY = 24 * 3600
MAY_EXPIRE_S = 90 * DAY  # as long as a box may well lie in a cupboard between two markets


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One sale in the stall owner's list. Money in minor units; `lo`: Unix seconds."""

    sale: str
    lo: int
    title: str
    slug: str
    number: int | None
    of: int | None
    price_title: str
    hand_over: str | None
    paid: int
    discount: int
    tip: int
    currency: str
    method: str
    payment_ref: str | None
    is_void: bool
    is_burnt: bool
    is_opened: bool
    is_delivered: bool
    has_ended: bool
    tier: str | None
    is_marked: bool
    refunded: int | None  # what was given back
    has_contact: bool  # whether the buyer's e-mail address is kept, sealed


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A payment that got no copy yet. Money in minor units; `lo`: Unix seconds."""

    entry: str
    lo: int
    title: str
    price_title: str
    amount: int
    currency: str
    hand_over: str | None
    has_copy: bool  # whether one could be handed out now


@dataclass(frozen=True, slots=True)
class Taking:
    """One copy that was sold, as the pictures of the day need it. `lo`: Unix seconds; money in minor units."""

    lo: int
    title: str
    price_title: str
    currency: str
    paid: int


@dataclass(frozen=True, slots=True)
class Total:
    """What came in in one currency."""

    currency: str
    count: int
    paid: int


def _join(house: House) -> Join | None:
    hotspot = house.settings.hotspot
    return Join(hotspot.ssid, hotspot.join) if hotspot else None


def _refusals(house: House) -> list[Fault]:
    refusal = house.ledger.refusal
    return [Fault(refusal.code, refusal.detail)] if refusal else []


class Stock:
    def __init__(self, house: House, catalogue: Catalogue, questions: Questions, panel: Panel) -> None:
        self._house = house
        self._catalogue = catalogue
        self._questions = questions
        self._panel = panel

    async def status(self) -> Status:
        house = self._house
        at = house.now()
        head = house.ledger.head
        numbers = await house.reader.numbers()
        sold = await house.reader.sold()
        running_ms = house.ledger.running_ms(at)
        waiting = await house.reader.waiting(running_ms)
        owed = len(await house.reader.owed())
        drops = tuple(self._drop(held, numbers.get(held.manifest.drop, {}), sold) for held in self._catalogue.drops)
        return Status(
            box=house.box_id,
            name=house.settings.name,
            incarnation=head.incarnation,
            size=head.size,
            root=head.root.hex(),
            clock=ClockStatus(at.lo, at.hi, at.quality.value),
            drops=drops,
            unsynced=await self._unsynced(at),
            faults=(*_refusals(house), *house.faults.values(), *self._asked(drops, owed, at)),
            waiting=tuple(self._waiting(row, at.boottime_ms - running_ms) for row in waiting),
            shop_url=house.settings.web.base.upper() + "/",
            boottime_ms=at.boottime_ms,
            owed=owed,
            seats=house.seats,
            buttons=house.buttons,
            join=_join(house),
            papers=self._papers(),
            battery=house.clock.battery,
            health=house.health,
            cases=tuple(Case(name, reason, count) for reason, name, count in await house.reader.cases()),
            pay=self._panel.links(drops, sold, at),
        )

    def _drop(self, held: HeldDrop, states: dict[str, int], sold: dict[tuple[str, str], int]) -> DropStatus:
        new = held.manifest
        copies = sum(count for (drop, _), count in sold.items() if drop == new.drop)
        return DropStatus(
            drop=new.drop,
            slug=new.slug,
            title=new.title,
            creator=held.creator,
            edition="numbered" if new.numbered else "open",
            size=new.size,
            allotted=sum(states.values()) - states.get("away", 0),
            sold=states.get("sold", 0) if new.numbered else copies,
            burnt=states.get("burnt", 0),
            blocked=states.get("blocked", 0),
            left=states.get("free", 0) if new.numbered else None,
            currency=new.currency,
            amount=new.prices[0].amount,
            cover=held.pictures.large if held.pictures else None,
        )

    def _papers(self) -> Papers | None:
        chain = self._catalogue.chain
        if chain is None:
            return None
        ends = [chain.current.expires, *(held.manifest.expires for held in self._catalogue.drops)]
        return Papers(chain.current.version, min(ends))

    async def _unsynced(self, at: Stamp) -> Unsynced:
        count, leaf = await self._house.reader.unsynced()
        oldest = entries.read(leaf).time.lo if leaf else at.lo
        return Unsynced(count, max(0, at.lo - oldest))

    def _asked(self, drops: tuple[DropStatus, ...], owed: int, at: Stamp) -> list[Fault]:
        """What only the stall owner can answer."""
        found = []
        if owed:
            paid = "1 payment has no copy yet" if owed == 1 else f"{owed} payments have no copy yet"
            found.append(Fault("owed", f"{paid}: see Redeem on the console."))
        if blocked := sum(drop.blocked for drop in drops):
            text = f"{blocked} numbers are blocked, since a part of the log was lost: see Box on the console."
            found.append(Fault("blocked", text))
        if self._questions.times:
            found.append(Fault("time-asked", "The box was told a time far from its own: see Box on the console."))
        if self._needs_time(at):
            text = "The box is not sure of the time: see Box on the console."
            found.append(Fault("clock", text))
        unsure = [h for h in self._catalogue.drops if window(h.manifest, at) is Window.UNCERTAIN]
        if unsure and not self._questions.is_window_confirmed:
            titles = ", ".join(f"“{held.manifest.title}”" for held in unsure)
            found.append(Fault("window", f"Is the sale of {titles} open now? The box is not sure of the time."))
        return found

    def _needs_time(self, at: Stamp) -> bool:
        """Whether something depends on it: a sale window, or papers that may have expired while the box was off."""
        manifests = [held.manifest for held in self._catalogue.drops]
        is_unsure = any(window(manifest, at) is Window.UNCERTAIN for manifest in manifests)
        if is_unsure and not self._questions.is_window_confirmed:
            return True
        knows_nothing = at.quality in {Quality.NONE, Quality.FLOOR}
        return knows_nothing and any(manifest.expires - at.lo < MAY_EXPIRE_S for manifest in manifests)

    def _waiting(self, row: SaleRow, to_boottime: int) -> WaitingClaim:
        held = self._catalogue.by_id(row.drop)
        until_ms = row.pickup_until + to_boottime
        return WaitingClaim(
            sale=entries.reference(*row.key),
            title=held.manifest.title if held else row.drop,
            number=row.number,
            of=held.manifest.size if held else None,
            url=codes.link(self._house.settings.web.base, row.code),
            pickup=row.pickup,
            until_ms=until_ms,
            since_ms=until_ms - PICKUP_MS,
        )

    async def sales(self, limit: int = 50) -> tuple[SaleLine, ...]:
        """The last sales, newest first."""
        running_ms = self._house.running_ms()
        rows = await self._house.reader.sales(limit)
        refunds = await self._house.reader.refunds()
        contacts = await self._house.reader.sales_with_contact()
        return tuple(self._line(row, running_ms, refunds.get(row.key), row.key in contacts) for row in rows)

    async def owed(self) -> tuple[OwedLine, ...]:
        """Payments that got no copy yet, the oldest first."""
        numbers = await self._house.reader.numbers()
        return tuple(self._owed(row, numbers.get(row.drop, {})) for row in await self._house.reader.owed())

    def _owed(self, row: OwedRow, states: dict[str, int]) -> OwedLine:
        held = self._catalogue.by_id(row.drop)
        price = held.manifest.price(row.price) if held else None
        return OwedLine(
            entry=entries.reference(*row.key),
            lo=row.lo,
            title=held.manifest.title if held else row.drop,
            price_title=price.title if price else row.price,
            amount=row.amount,
            currency=row.currency,
            hand_over=price.hand_over if price else None,
            has_copy=held is not None and (not held.manifest.numbered or states.get("free", 0) > 0),
        )

    def _line(self, row: SaleRow, running_ms: int, refunded: int | None, has_contact: bool) -> SaleLine:
        held = self._catalogue.by_id(row.drop)
        manifest = (held.version(row.version) or held.manifest) if held else None
        price = manifest.price(row.price) if manifest else None
        return SaleLine(
            sale=entries.reference(*row.key),
            lo=row.lo,
            title=manifest.title if manifest else row.drop,
            slug=manifest.slug if manifest else "",
            number=row.number,
            of=manifest.size if manifest else None,
            price_title=price.title if price else row.price,
            hand_over=price.hand_over if price else None,
            paid=row.paid,
            discount=row.discount,
            tip=row.tip,
            currency=row.currency,
            method=row.method,
            payment_ref=row.payment_ref,
            is_void=bool(row.voided),
            is_burnt=bool(row.voided and not row.returned),
            is_opened=row.opened,
            is_delivered=bool(row.delivered),
            has_ended=row.ends_ms <= running_ms,
            tier=row.tier,
            is_marked=bool(row.marked),
            refunded=refunded,
            has_contact=has_contact,
        )

    async def takings(self) -> tuple[Taking, ...]:
        """What was sold over the last 24 hours of the box's clock and is not void."""
        rows = await self._house.reader.sales_since(self._house.now().lo - DAY)
        return tuple(self._taking(row) for row in rows)

    def _taking(self, row: SaleRow) -> Taking:
        held = self._catalogue.by_id(row.drop)
        price = held.manifest.price(row.price) if held else None
        title = held.manifest.title if held else row.drop
        return Taking(row.lo, title, price.title if price else row.price, row.currency, row.paid)

    async def today(self) -> tuple[Total, ...]:
        """What came in over the last 24 hours of the box's clock, by currency."""
        totals = await self._house.reader.totals_since(self._house.now().lo - DAY)
        return tuple(Total(*total) for total in totals)

    async def price_stock(self, held: HeldDrop) -> dict[str, int | None]:
        """How many may still be sold under each price option; None where the option has no limit of its own."""
        sold = await self._house.reader.sold()
        return {
            price.id: None if price.stock is None else max(0, price.stock - sold.get((held.manifest.drop, price.id), 0))
            for price in held.manifest.prices
        }
