"""What a payment token buys: the order of judgement, each code with a sentence that helps, and the price."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.core import manifest, token, trust
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import format_time
from appliance.core.redeem import Circumstances, Judged, check_place, find_issuer, judge
from appliance.core.trust import Chain
from appliance.errors import SaleError
from tests.organizer import DAY, NOW, Organizer, key

BOOT = "11111111-1111-1111-1111-111111111111"
IAT, EXP = NOW + 1000, NOW + 4600
STOCK = 3


def price(amount: int, id: str = "download", stock: int | None = STOCK) -> dict[str, object]:
    return {"id": id, "title": "Download", "amount": amount, "hand_over": None, "stock": stock}


@dataclass
class Bench:
    """One token before the judge; every fact that the judgement rests on can be bent."""

    terms: dict[str, object] = field(default_factory=dict)
    limits: dict[str, object] = field(default_factory=dict)  # of the reader, in the first trust document
    trusts: list[dict[str, object]] = field(default_factory=list)  # those after it
    versions: list[dict[str, object]] = field(default_factory=lambda: [{}])
    lo: int = IAT
    hi: int | None = IAT + 1
    age_ms: int | None = None
    by_issuer: int = 0
    reason: str | None = None
    allowed: frozenset[str] = frozenset()
    sold: int = 0

    def judged(self) -> Judged:
        """The whole judgement but for what the ledger knows of this token."""
        organizer = Organizer(Path())
        drop = organizer.drop(size=None, prices=[price(800)])
        terms = {"issued": IAT, "expires": EXP, **self.terms}
        box = str(terms.pop("box", organizer.box.public.id))
        signed = token.read(organizer.token(box, drop.id, **terms))  # type: ignore[arg-type]
        trusts = enumerate([reader(**self.limits), *self.trusts], 1)
        chain = Chain(tuple(trust.parse(organizer.trust_payload(**{"version": n, **t})) for n, t in trusts))
        signer = find_issuer(signed, chain)
        issuer = check_place(signed.token, signer, chain, organizer.box.public.id)
        versions = [
            manifest.parse(drop.manifest_payload(**{"version": n, **fields}))
            for n, fields in enumerate(self.versions, 1)
        ]
        at = Stamp(self.lo, self.hi, Quality.FLOOR if self.hi is None else Quality.NTP, BOOT, 10**9)
        now = Circumstances(at, self.age_ms, None, self.by_issuer, False, self.reason, self.allowed)
        return judge(signed.token, issuer, versions, now, lambda _price: self.sold)

    def refusal(self) -> SaleError:
        with pytest.raises(SaleError) as refusal:
            self.judged()
        return refusal.value


def reader(**fields: object) -> dict[str, object]:
    """A trust document with the usual reader, some of its fields replaced."""
    usual = Organizer(Path()).trust_fields()["issuers"][0]  # type: ignore[index]
    return {"issuers": [{**usual, **fields}]}


ID = key("issuer").public.id
CTI = bytes(range(12))
CLOSED = {"sale": {"from": None, "until": format_time(NOW)}}
# Each fault alone, in FORMATS §3's order of judgement: what bends the bench, and what a person can do about it.
FAULTS: list[tuple[str, dict[str, object], str]] = [
    ("unknown-issuer", {"terms": {"signer": key("stranger")}}, "Use a reader or a voucher of this event"),
    ("revoked", {"trusts": [{"issuers": []}]}, "takes the payment another way"),
    ("wrong-box", {"terms": {"box": "0" * 16}}, "take it there"),
    ("wrong-drop", {"limits": {"drops": ["zine-*"]}}, "uses another reader"),
    ("over-limit", {"limits": {"max_lifetime": 60}}, "asks the organizer"),
    ("wrong-price", {"terms": {"amount": 1}}, "pays the money back"),
    ("expired", {"lo": EXP, "hi": EXP + 1}, "accepts it on the console"),
    ("window-closed", {"versions": [CLOSED]}, "accepts it on the console"),
]


def _bent(*bends: dict[str, object]) -> Bench:
    fields: dict[str, object] = {}
    for bend in bends:
        for name, value in bend.items():
            old = fields.get(name)
            fields[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return Bench(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "bend", "help_"), FAULTS, ids=[code for code, _, _ in FAULTS])
def test_each_code(code: str, bend: dict[str, object], help_: str) -> None:
    """Each fault has its code and a sentence that names a way on."""
    refusal = _bent(bend).refusal()
    assert refusal.code == code
    assert help_ in refusal.detail
    assert refusal.detail.endswith(".")


@pytest.mark.parametrize("later", range(1, len(FAULTS)))
def test_the_earlier_fault_wins(later: int) -> None:
    """Of two faults the one that FORMATS §3 names first is told."""
    for earlier in range(later):
        assert _bent(FAULTS[later][1], FAULTS[earlier][1]).refusal().code == FAULTS[earlier][0]


def test_a_good_token() -> None:
    """At list price, by the clock: boxed, nothing reduced, nothing owed."""
    judged = Bench().judged()
    assert (judged.payment.amount, judged.payment.discount, judged.payment.tip) == (800, 0, 0)
    assert (judged.tier, judged.payment.method, judged.owed_because) == ("boxed", "token", None)


def test_a_voucher_is_named_so() -> None:
    """The method is the issuer's kind."""
    assert Bench(limits={"kind": "voucher"}).judged().payment.method == "voucher"


def test_not_yet() -> None:
    """A token of an issuer whose clock runs ahead by more than two minutes, where the time is known."""
    refusal = Bench(lo=IAT - 500, hi=IAT - 121).refusal()
    assert refusal.code == "not-yet"
    assert "try again then" in refusal.detail


@pytest.mark.parametrize("name", ["Stall 7", None])
def test_wrong_box_names_the_stall(name: str | None) -> None:
    """The sentence says where the token is good, as far as the trust document knows."""
    other = key("stall 8").public
    boxes = [{"key": other.did, "name": "Stall 8"}] if name else []
    refusal = Bench(terms={"box": other.id}, trusts=[{"boxes": boxes}]).refusal()
    assert ("Stall 8" if name else "another box") in refusal.detail


@pytest.mark.parametrize(
    "revoked", [{"keys": [key("issuer").public.did], "tokens": []}, {"keys": [], "tokens": [f"{ID}:{CTI.hex()}"]}]
)
def test_revoked(revoked: dict[str, object]) -> None:
    """A key or a single token that is listed as revoked, and only that."""
    assert Bench(terms={"cti": CTI}, trusts=[{"revoked": revoked}]).refusal().code == "revoked"
    if not revoked["keys"]:
        Bench(terms={"cti": CTI[::-1]}, trusts=[{"revoked": revoked}]).judged()


def test_a_key_id_is_not_a_key() -> None:
    """A signature of another key under a listed key's id is broken, not unknown."""
    terms = {"signer": key("stranger"), "header": {4: bytes.fromhex(ID)}}
    assert Bench(terms=terms).refusal().code == "bad-signature"


def test_a_key_that_came_back() -> None:
    """An issuer that a later version lists again is judged by the newest limits."""
    bench = Bench(limits={"max_amount": 1}, trusts=[{"issuers": []}, reader(max_amount=800)])
    assert bench.judged().issuer.max_amount == 800


@pytest.mark.parametrize(
    ("limits", "bend"),
    [
        ({"max_amount": 799}, {}),
        ({"max_lifetime": EXP - IAT - 1}, {}),
        ({"max_count": 2}, {"by_issuer": 2}),
        ({"max_count": 0}, {}),
    ],
)
def test_limits(limits: dict[str, object], bend: dict[str, object]) -> None:
    """An issuer's limits are inclusive: one below, and it is refused."""
    assert Bench(limits=limits, **bend).refusal().code == "over-limit"  # type: ignore[arg-type]


def test_at_the_limits() -> None:
    """Exactly at every limit a token is good."""
    limits = {"max_amount": 800, "max_lifetime": EXP - IAT, "max_count": 2}
    Bench(limits=limits, by_issuer=1).judged()


@pytest.mark.parametrize(
    ("globs", "is_good"),
    [(["harbour-*"], True), (["*"], True), (["harbour"], False), ([], False), (["*-light"], False)],
)
def test_drops_of_an_issuer(globs: list[str], is_good: bool) -> None:
    """Globs over the slug say what an issuer may take payments for."""
    bench = Bench(limits={"drops": globs})
    if is_good:
        bench.judged()
    else:
        assert bench.refusal().code == "wrong-drop"


def version(amount: int, begin: int, end: int) -> dict[str, object]:
    return {"prices": [price(amount)], "issued": format_time(begin), "expires": format_time(end)}


@pytest.mark.parametrize(
    ("versions", "paid", "outcome"),
    [
        pytest.param([version(800, NOW, EXP + DAY)], 800, (800, 0), id="the list price"),
        pytest.param([version(800, NOW, EXP + DAY)], 950, (800, 150), id="more is a tip"),
        pytest.param([version(800, NOW, EXP + DAY)], 799, None, id="less is nothing"),
        pytest.param([version(800, EXP, EXP + DAY)], 800, (800, 0), id="issued when the token ends"),
        pytest.param([version(800, EXP + 1, EXP + DAY)], 800, None, id="issued a second later"),
        pytest.param([version(800, NOW, IAT - 120)], 800, (800, 0), id="expired 120 s before the token began"),
        pytest.param([version(800, NOW, IAT - 121)], 800, None, id="a second before that"),
        pytest.param(
            [version(800, NOW, EXP), version(1000, IAT, EXP)], 800, (800, 0), id="the older price, while both are good"
        ),
        pytest.param(
            [version(800, NOW, IAT - 500), version(1000, IAT, EXP)], 800, None, id="the older price, too late"
        ),
        pytest.param([version(800, NOW, EXP), version(1000, IAT, EXP)], 1000, (1000, 0), id="the newer price"),
        pytest.param(
            [version(1000, NOW, EXP), version(800, IAT, EXP)], 1000, (1000, 0), id="the older, dearer price is no tip"
        ),
        pytest.param([version(1000, NOW, EXP), version(800, IAT, EXP)], 900, (800, 100), id="between"),
    ],
)
def test_price_of_a_boxed_token(versions: list[dict[str, object]], paid: int, outcome: tuple[int, int] | None) -> None:
    """A price that some version held had while the token was good, with two minutes for the issuer's clock."""
    bench = Bench(versions=versions, terms={"amount": paid})
    if outcome is None:
        assert bench.refusal().code == "wrong-price"
    else:
        payment = bench.judged().payment
        assert (payment.amount, payment.tip, payment.discount) == (*outcome, 0)


OLD, NEW = version(800, NOW, NOW + 1), version(1000, NOW + 2, EXP + DAY)


@pytest.mark.parametrize(
    ("paid", "reason", "outcome"),
    [
        pytest.param(800, None, (800, 0, 0, None), id="a price that is no more, as offered"),
        pytest.param(1000, None, (1000, 0, 0, None), id="today's"),
        pytest.param(1200, None, (1000, 0, 200, None), id="with a tip"),
        pytest.param(800, "a friend", (1000, 200, 0, "a friend"), id="reduced, with its reason"),
        pytest.param(500, "rain", (1000, 500, 0, "rain"), id="reduced below every price"),
        pytest.param(500, None, (1000, 500, 0, "as offered"), id="reduced, its reason forgotten"),
    ],
)
@pytest.mark.parametrize("age_ms", [0, 10**8])
def test_price_of_an_offer(
    paid: int, reason: str | None, outcome: tuple[int, int, int, str | None], age_ms: int
) -> None:
    """An offer of this boot fixes the price, of whatever age it is."""
    judged = Bench(versions=[OLD, NEW], terms={"amount": paid}, age_ms=age_ms, reason=reason).judged()
    payment = judged.payment
    assert (payment.amount, payment.discount, payment.tip, judged.discount_reason) == outcome


def test_an_accepted_price() -> None:
    """The stall owner may accept another price; the sale says so. No option and another currency stay refused."""
    accepted = frozenset({"price"})
    judged = Bench(terms={"amount": 300}, allowed=accepted).judged()
    assert (judged.payment.amount, judged.payment.discount) == (800, 500)
    assert judged.discount_reason == "accepted at the stall"
    assert judged.overridden == ("price",)
    assert Bench(terms={"currency": "CHF"}, allowed=accepted).refusal().code == "wrong-price"
    assert Bench(terms={"price": "gold"}, allowed=accepted).refusal().code == "wrong-price"
    gone = Bench(terms={"price": "print"}, versions=[{"prices": [price(800, "print")]}, {}], allowed=accepted)
    assert gone.judged().price.id == "print"


def test_a_leave_that_was_not_needed() -> None:
    """What the stall owner allows and the token does not need is not said to be overridden."""
    everything = frozenset({"price", "clock", "window", "stock"})
    assert Bench(allowed=everything).judged().overridden == ()


@pytest.mark.parametrize(("sold", "is_owed"), [(STOCK - 1, False), (STOCK, True), (STOCK + 1, True)])
def test_stock_of_the_option(sold: int, is_owed: bool) -> None:
    """Paid, and the option's stock is gone: owed, unless the stall owner has one all the same."""
    judged = Bench(sold=sold).judged()
    assert (judged.owed_because is not None) == is_owed
    accepted = Bench(sold=sold, allowed=frozenset({"stock"})).judged()
    assert accepted.owed_because is None
    assert accepted.overridden == (("stock",) if is_owed else ())


@pytest.mark.parametrize(("stock", "is_owed"), [(STOCK, True), (STOCK + 1, False), (None, False)])
def test_stock_is_today(stock: int | None, is_owed: bool) -> None:
    """An older price is honoured, but how many copies there are is what the newest manifest says."""
    restocked = {**NEW, "prices": [price(1000, stock=stock)]}
    judged = Bench(versions=[OLD, restocked], age_ms=0, sold=STOCK).judged()
    assert judged.payment.amount == 800
    assert (judged.owed_because is not None) == is_owed


def test_stock_is_the_last_word() -> None:
    """A token that is refused anyway is not owed."""
    assert Bench(sold=STOCK, lo=EXP, hi=None).refusal().code == "expired"
