"""Everything that can happen to a stall, in any order: issue 3's promises hold after every step."""

from __future__ import annotations

import asyncio
import base64
import secrets

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.core.sale import Order
from appliance.errors import SaleError, StallboxError
from appliance.stall.copies import Sold
from appliance.stall.redeem import OVERRIDABLE, Redeemed
from tests.depth import IS_LONG, depth
from tests.organizer import DAY, base32, key
from tests.stall.facts import TokenId
from tests.stall.oracle import YOUNG_S, Issued, check, expected, free, has_ended, is_gone
from tests.stall.world import AMOUNTS, BOX, OTHER_BOX, READERS, SIZE, Truth, World, open_world

STRANGER = key("stranger")
INDEX = st.integers(0, 9)


class Stall(RuleBasedStateMachine):
    """The real stall over a real ledger, driven by one hand; an oracle of FORMATS §3 says what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[Issued] = []
        self.phones = 0

    @initialize()
    def open(self) -> None:
        self.world: World = open_world()
        self.world.back_up()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    # offers and tokens

    @rule(
        price=st.sampled_from(sorted(AMOUNTS)),
        tip=st.sampled_from([0, 0, 150]),
        reader=st.integers(0, 1),
        is_used=st.booleans(),
    )
    def offer_and_issue(self, price: str, tip: int, reader: int, is_used: bool) -> None:
        """A reader asks for an offer and signs it, and perhaps hands it over; what is sold out is not offered."""
        world, amount = self.world, AMOUNTS[price] + tip
        facts = world.facts()
        offered = world.attempt(world.stall.offers.offer(world.drop.slug, price, amount))
        assert isinstance(offered, SaleError) == (is_gone(facts, price) or not free(world))
        if isinstance(offered, StallboxError):
            assert offered.code == "sold-out"
            return
        made = (world.hardware.boot, world.hardware.ms)
        self.issue(reader, price, amount, YOUNG_S, nonce=offered.nonce, offered=made)
        if is_used:
            self.redeem(0, frozenset(), False)

    @rule(
        price=st.sampled_from(sorted(AMOUNTS)),
        more=st.sampled_from([0, 0, 0, 300, -1]),
        early=st.sampled_from([0, 0, 100, 4000]),
        life=st.sampled_from([600, DAY]),
        signer=st.sampled_from([0, 0, 1, -1]),
        box=st.sampled_from([BOX.public.id] * 4 + [OTHER_BOX]),
        is_used=st.booleans(),
    )
    def issue_boxed(self, price: str, more: int, early: int, life: int, signer: int, box: str, is_used: bool) -> None:
        """A voucher: no offer, perhaps a wrong price, a strange signer, another box, a clock that runs ahead."""
        self.issue(signer, price, AMOUNTS[price] + more, life, early=early, box=box)
        if is_used:
            self.redeem(0, frozenset(), False)

    def issue(
        self,
        signer: int,
        price: str,
        amount: int,
        life: int,
        *,
        early: int = 0,
        box: str = BOX.public.id,
        nonce: bytes | None = None,
        offered: tuple[str, int] | None = None,
    ) -> None:
        by = READERS[signer] if signer >= 0 else STRANGER
        issued, cti = self.world.hardware.truth + early, secrets.token_bytes(12)
        terms = {"price": price, "amount": amount, "issued": issued, "expires": issued + life}
        text = self.world.organizer.token(box, self.world.drop.id, cti=cti, nonce=nonce, signer=by, **terms)
        self.tokens.append(Issued(text, (by.public.id, cti.hex()), signer, box, offered=offered, **terms))

    # redemption

    @precondition(lambda self: self.tokens)
    @rule(index=INDEX, allowed=st.sampled_from([frozenset(), frozenset(), OVERRIDABLE]), is_link=st.booleans())
    def redeem(self, index: int, allowed: frozenset[str], is_link: bool) -> None:
        """A token, new or old: what FORMATS §3 says of it, and what it gave before if it was here."""
        token = self.tokens[-1 - index % len(self.tokens)]
        due = expected(self.world, self.world.facts(), token, allowed)
        text = f"HTTP://10.42.0.1/T/{token.text}" if is_link else token.text
        outcome = self.world.attempt(self.world.stall.redeemer.redeem(text, allowed=allowed))
        if isinstance(outcome, StallboxError):
            assert outcome.code == due, outcome.detail
        else:
            assert ("again" if outcome.again else "sale") == due
            self.acknowledge(token, outcome)
            self.world.truths[outcome.sold.sale].is_accepted |= "clock" in allowed

    @precondition(lambda self: self.tokens)
    @rule(index=INDEX, other=INDEX)
    def redeem_in_a_crowd(self, index: int, other: int) -> None:
        """Four phones at once, three of them with one token: one sale, and all three get it."""
        tokens = [self.tokens[-1 - i % len(self.tokens)] for i in (index, index, other, index)]

        async def crowd() -> list[Redeemed | BaseException]:
            redeem = self.world.stall.redeemer.redeem
            return await asyncio.gather(*(redeem(token.text) for token in tokens), return_exceptions=True)

        answers = self.world.run(crowd())
        for token, answer in zip(tokens, answers, strict=True):
            if isinstance(answer, Redeemed):
                self.acknowledge(token, answer)
            else:
                assert isinstance(answer, SaleError)
        claims = {answer.sold.claim for answer in (answers[0], answers[1], answers[3]) if isinstance(answer, Redeemed)}
        assert len(claims) <= 1

    @precondition(lambda self: self.tokens)
    @rule(index=INDEX, position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def flip_a_bit(self, index: int, position: float, bit: int) -> None:
        """One flipped bit anywhere: refused, and nothing is written."""
        text = self.tokens[-1 - index % len(self.tokens)].text
        data = bytearray(base64.b32decode(text + "=" * (-len(text) % 8)))
        data[int(position * len(data))] ^= 1 << bit
        size = self.world.stall.house.ledger.head.size
        outcome = self.world.attempt(self.world.stall.redeemer.redeem(base32(bytes(data)), allowed=OVERRIDABLE))
        assert isinstance(outcome, SaleError)
        assert outcome.code in {"malformed", "unknown-issuer", "bad-signature"}
        assert self.world.stall.house.ledger.head.size == size

    def acknowledge(self, token: Issued, redeemed: Redeemed) -> None:
        """Somebody was told of a sale; a second one for one token is only after a loss, and marked."""
        if redeemed.again:
            assert self.world.truths[redeemed.sold.sale].sold.claim == redeemed.sold.claim
            return
        surviving = self.world.facts().sales
        before = [truth for truth in self.world.truths.values() if truth.token == token.id]
        assert redeemed.marked or all(truth.is_accepted for truth in before)
        assert not [truth for truth in before if truth.sold.sale in surviving]
        self.sold(redeemed.sold, token.id)

    def sold(self, sold: Sold, token: TokenId | None) -> None:
        """No number twice, even in histories that were lost, unless the stall owner said that it was not sold."""
        world, number = self.world, sold.number
        holders = [t for t in world.truths.values() if t.sold.number == number and not t.is_returned]
        assert number in world.excused or not (holders or number in world.truly_out)
        world.truths[sold.sale] = Truth(sold, token)

    # the stall

    @rule(price=st.sampled_from(sorted(AMOUNTS)), quantity=st.integers(1, 2))
    def sell_for_cash(self, price: str, quantity: int) -> None:
        """Cash: all copies or none."""
        world, facts = self.world, self.world.facts()
        left = min(len(free(world)), 2 - facts.sold_under(price) if price == "print" else SIZE)
        outcome = world.attempt(world.stall.seller.sell(Order(world.drop.slug, price, quantity)))
        assert isinstance(outcome, StallboxError) == (left < quantity)
        if isinstance(outcome, StallboxError):
            assert outcome.code == "sold-out"
            return
        for sold in outcome:
            self.sold(sold, None)

    @precondition(lambda self: self.world.truths)
    @rule(index=INDEX)
    def deliver(self, index: int) -> None:
        """A buyer opens the claim and fetches everything."""
        world, reference = self.world, self.pick(index)
        if reference is None:
            return
        sale = world.facts().sales[reference]
        code = world.truths[reference].sold.claim
        self.phones += 1

        async def fetch() -> None:
            claim = await world.stall.claims.find(code, f"phone {self.phones}")
            for item in claim.manifest.files:
                body = await world.stall.deliveries.file(claim, item.path)
                body.went_out(0, item.length)
                await body.finished()

        refusal = world.attempt(fetch())
        if refusal is None:
            assert world.facts().sales[reference].is_delivered
            return
        is_over = sale.is_void or has_ended(world, reference)
        assert refusal.code == ("claim-ended" if is_over else "budget-spent")

    @precondition(lambda self: self.world.truths)
    @rule(index=INDEX)
    def void(self, index: int) -> None:
        """Unopened: the number comes back. Opened: it is burnt. Once."""
        world, reference = self.world, self.pick(index)
        if reference is None:
            return
        before = world.facts().sales[reference]
        outcome = world.attempt(world.stall.undo.void(reference, "a mistake", by=None))
        if before.is_void:
            assert isinstance(outcome, SaleError)
            assert outcome.code == "already-void"
        else:
            assert outcome is not before.is_opened
            world.truths[reference].is_returned |= outcome is True

    @rule(index=INDEX, is_debt=st.booleans())
    def refund(self, index: int, is_debt: bool) -> None:
        """Once for a sale or a debt; not for a void sale, nor for a debt that was handed out."""
        world, facts = self.world, self.world.facts()
        paid = {**(facts.owed if is_debt else facts.sales)}
        if not paid:
            return
        reference = sorted(paid)[index % len(paid)]
        subject = paid[reference]
        outcome = world.attempt(world.stall.undo.refund(reference, None, "given back", by=None, pin=None))
        is_void = not is_debt and subject.is_void
        if subject.is_refunded or is_void or (is_debt and subject.served):
            assert isinstance(outcome, SaleError)
            over = "already-void" if is_void else "unknown-sale"
            assert outcome.code == ("already-refunded" if subject.is_refunded else over)
        else:
            assert outcome == (subject.entry.fields["amount"] if is_debt else subject.paid)

    @rule(index=INDEX)
    def serve_what_is_owed(self, index: int) -> None:
        """A debt ends in a sale as soon as there is a number."""
        world, facts = self.world, self.world.facts()
        if not facts.owed:
            return
        reference = sorted(facts.owed)[index % len(facts.owed)]
        debt, is_free = facts.owed[reference], bool(free(world))
        outcome = world.attempt(world.stall.debts.serve(reference, by=None))
        is_over = debt.is_refunded or debt.served is not None
        assert isinstance(outcome, StallboxError) == (is_over or not is_free)
        if isinstance(outcome, StallboxError):
            assert outcome.code == ("unknown-sale" if is_over else "sold-out")
        else:
            self.sold(outcome, world.facts().sales[outcome.sale].token)

    @rule()
    def close_the_day(self) -> None:
        """The totals are those of the sales since the last close that were not voided."""
        world = self.world
        standing = [sale for sale in world.facts().unclosed if not sale.is_void]
        rows = world.run(world.stall.close.close()).totals["rows"]
        assert sum(row["count"] for row in rows) == len(standing)
        assert sum(r["amount"] - r["discount"] + r["tip"] for r in rows) == sum(sale.paid for sale in standing)

    def pick(self, index: int) -> str | None:
        """One of the sales that the ledger remembers, the newest first."""
        sales = list(self.world.facts().sales)
        return sales[-1 - index % len(sales)] if sales else None

    # numbers

    @rule(count=st.integers(1, 2), is_low=st.booleans())
    def release(self, count: int, is_low: bool) -> None:
        """Free numbers are given up."""
        world = self.world
        given = free(world)[:count] if is_low else free(world)[-count:]
        if not given:
            return
        world.run(world.stall.release.release(world.drop.slug, [[number, number] for number in given]))
        world.truly_out.update(given)
        world.out |= {number: world.stated.get(number, 0) + 1 for number in given}

    @rule(is_back=st.booleans())
    def bring_an_epoch(self, is_back: bool) -> None:
        """A new allotment: states what was given up; perhaps the reserve comes to this box."""
        reserve = frozenset(range(1, SIZE + 1)) - self.world.epochs[-1] - {7}
        self.world.next_epoch(reserve if is_back else frozenset())
        self.world.bring()

    @rule()
    def discard_blocked(self) -> None:
        """The stall owner says that blocked numbers were not sold; she may be wrong."""
        self.world.excused |= self.world.facts().blocked
        self.world.run(self.world.stall.questions.discard_blocked(by=None))

    # trust, clock, power

    @rule(index=INDEX, what=st.sampled_from(["second reader", "token", "nothing"]))
    def bring_trust(self, index: int, what: str) -> None:
        """A new trust document: a reader goes or comes back, a token is revoked."""
        world = self.world
        if what == "second reader":
            world.is_second_reader_listed = not world.is_second_reader_listed
        if what == "token" and self.tokens:
            name = ":".join(self.tokens[index % len(self.tokens)].id)
            world.revoked = sorted({*world.revoked, name})
        world.add_trust()
        world.bring()

    @rule(seconds=st.sampled_from([5, 600, 3 * 3600]))
    def time_passes(self, seconds: int) -> None:
        """The machine runs."""
        self.world.hardware.pass_time(seconds)

    @rule(jump=st.sampled_from([-DAY, -300, 0, 3600, 2 * DAY]), is_known=st.booleans())
    def clock_jumps(self, jump: int, is_known: bool) -> None:
        """The system clock is set to something else, and somebody or nobody vouches for it."""
        self.world.hardware.wall = self.world.hardware.truth + jump
        self.world.hardware.ntp_error_s = 1 if is_known else None
        self.world.listen()

    @rule()
    def restart(self) -> None:
        """The daemon ends and starts in one boot."""
        self.world.stop()
        self.world.start()

    @rule(wall=st.sampled_from([None, 0, -4 * DAY]))
    def reboot(self, wall: int | None) -> None:
        """The power went: another boot id, and perhaps a clock of 1970 or of four days ago."""
        world = self.world
        world.stop()
        set_to = {None: world.hardware.truth, 0: 0}.get(wall, world.hardware.truth - 4 * DAY)
        world.hardware.boot_again(set_to, 1 if wall is None else None)
        world.start()

    @rule()
    def back_up(self) -> None:
        """Somebody copies the ledger."""
        self.world.back_up()

    @rule()
    def restore_yesterday(self) -> None:
        """Somebody puts the copy back: what was lost begins a new incarnation and blocks numbers."""
        head = self.world.stall.house.ledger.head
        self.world.restore()
        after = self.world.stall.house.ledger.head
        assert after.incarnation != head.incarnation or after.size >= head.size

    # what always holds

    @invariant()
    def holds(self) -> None:
        """Ledger, tables and truth agree."""
        if hasattr(self, "world"):
            check(self.world)


TestStall = Stall.TestCase
TestStall.settings = settings(
    max_examples=depth(12, 120),
    stateful_step_count=40,
    derandomize=IS_LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
