"""Payment tokens as the organizer signs them: what a box redeems, and what is refused before it is signed."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import pytest

from appliance.core import token
from appliance.core.documents import write_json
from appliance.errors import PaperError, RequestError, SaleError
from provisioning import boxes, roster, trust
from provisioning.issue import Asked, Signer, boxed, read_offer, sign
from provisioning.quickstart import Started
from provisioning.vouchers import latest_end
from tests.organizer import DAY, NOW
from tests.provisioning.conftest import Type, answered
from tests.provisioning.issuers import hire, stall_of

OFFER = {
    "box": "00112233445566aa",
    "drop": "8899aabbccddeeff",
    "slug": "harbour-lights",
    "price": "download",
    "amount": 800,
    "currency": "EUR",
    "nonce": "0123456789abcdef",
    "valid_for": 1200,
}


@pytest.fixture
def reader(started: Started) -> Signer:
    return hire(started, "Reader 1", "reader", max_lifetime=DAY)


def asked_of(started: Started, price: str = "download", amount: int | None = None) -> Asked:
    return boxed(started.packed.manifest, started.box.box.key.id, price, amount)


async def test_a_signed_offer_is_fresh(started: Started, reader: Signer, tmp_path: Path) -> None:
    """The token for a box's offer redeems there, fresh, at the price of the offer; its link opens there, too."""
    async with stall_of(started, tmp_path) as stall:
        offered = await stall.offers.offer("harbour-lights", "print", 3000)
        issued = sign(read_offer(write_json(offered.answer())), reader, now=NOW, expires=NOW + 3600)
        done = await stall.redeemer.redeem(issued.link(boxes.base_of(started.workspace, started.box.box)))
        assert (done.tier, done.sold.paid, done.again) == ("fresh", 3000, False)


async def test_a_boxed_token_needs_no_offer(started: Started, reader: Signer, tmp_path: Path) -> None:
    """A token that was signed without asking redeems once, and at the box that it names only."""
    issued = sign(asked_of(started), reader, now=NOW, expires=NOW + DAY)
    elsewhere = boxed(started.packed.manifest, "0" * 16, "download", None)
    async with stall_of(started, tmp_path) as stall:
        done = await stall.redeemer.redeem(issued.text)
        assert (done.tier, done.sold.paid) == ("boxed", 800)
        assert (await stall.redeemer.redeem(issued.text)).again
        with pytest.raises(SaleError) as refusal:
            await stall.redeemer.redeem(sign(elsewhere, reader, now=NOW, expires=NOW + DAY).text)
        assert refusal.value.code == "wrong-box"


def test_two_tokens_are_never_one(started: Started, reader: Signer) -> None:
    """Each token has an id of its own, also for the same offer in the same second."""
    made = {sign(asked_of(started), reader, now=NOW, expires=NOW + 60).id for _ in range(50)}
    assert len(made) == 50


def test_a_link_stays_in_the_coarse_alphabet(started: Started, reader: Signer) -> None:
    """The link is upper case throughout and short enough for a QR code of version 10 (FORMATS §3)."""
    link = sign(asked_of(started), reader, now=NOW, expires=NOW + 60).link("http://10.42.0.1")
    assert link.startswith("HTTP://10.42.0.1/T/")
    assert link == link.upper()
    assert len(link) <= 291


@pytest.mark.parametrize(
    ("limits", "amount", "life", "code"),
    [
        ({"max_amount": 900}, 901, 60, "over-limit"),
        ({"max_lifetime": 60}, 800, 61, "over-limit"),
        ({"drops": ("other-*",)}, 800, 60, "wrong-drop"),
        ({}, 800, 0, "expired"),
    ],
)
def test_what_a_box_would_refuse_is_not_signed(
    started: Started, limits: dict[str, object], amount: int, life: int, code: str
) -> None:
    """The issuer's limits hold at signing already."""
    signer = hire(started, "Reader 2", "reader", **limits)
    with pytest.raises(RequestError) as refusal:
        sign(asked_of(started, amount=amount), signer, now=NOW, expires=NOW + life)
    assert refusal.value.code == code


def test_less_than_the_list_price_is_refused(started: Started) -> None:
    """A boxed token cannot carry a discount, and its price option must exist."""
    for price, amount, code in (("download", 799, "wrong-price"), ("poster", None, "unknown-price")):
        with pytest.raises(RequestError) as refusal:
            asked_of(started, price, amount)
        assert refusal.value.code == code


def test_an_offer_may_say_more_but_not_less() -> None:
    """Fields that a later box adds are passed over; a missing or ill-formed one is `doc-malformed`."""
    assert read_offer(write_json(OFFER | {"panel": "HTTPS://…"})).nonce == bytes.fromhex("0123456789abcdef")
    bad: list[dict[str, object]] = [{k: v for k, v in OFFER.items() if k != name} for name in OFFER]
    bad += [OFFER | {"amount": -1}, OFFER | {"amount": "800"}, OFFER | {"box": "x"}, OFFER | {"nonce": "00"}]
    for offer in bad:
        with pytest.raises(PaperError) as refusal:
            read_offer(write_json(offer))
        assert refusal.value.code == "doc-malformed"


def test_without_a_date_it_ends_by_itself(started: Started) -> None:
    """A token lives as long as its issuer may sign for, to the last whole day, and not after the sale."""
    packed = started.packed.manifest
    short, long = (hire(started, f"Reader {days}", "reader", max_lifetime=days * DAY).issuer for days in (1, 100))
    assert latest_end(packed, short, NOW) == NOW + DAY
    end = latest_end(packed, long, NOW)
    assert NOW + 98 * DAY < end <= NOW + 100 * DAY
    assert datetime.fromtimestamp(end).astimezone().strftime("%H:%M:%S") == "00:00:00"
    assert latest_end(dataclasses.replace(packed, sale_until=NOW + 5), long, NOW) == NOW + 5


def test_issue_as_it_is_typed(started: Started, reader: Signer, tmp_path: Path, type_: Type) -> None:
    """An offer from a file or standard input, and boxed tokens, are signed by the issuer that is named."""
    at = ("--workspace", started.workspace.folder)
    (tmp_path / "offer.json").write_bytes(write_json(OFFER))
    (made,) = answered(type_("issue", "--offer", "offer.json", *at, "--json"))["tokens"]
    signed = token.read(made["token"])
    assert signed.is_signed_by(reader.key.public)
    assert (signed.token.box, signed.token.amount, made["nonce"]) == (OFFER["box"], 800, OFFER["nonce"])
    piped = type_("issue", "--offer", "-", *at, answers=json.dumps(OFFER))
    assert token.read(token.strip_link(piped.stdout.strip())).token.drop == OFFER["drop"]
    many = type_("issue", "--boxed", "--box", "stall-7", "--drop", "harbour-lights", "--count", 3, *at)
    assert many.exit_code == 0, many.stderr
    assert len({token.read(token.strip_link(link)).token.cti for link in many.stdout.split()}) == 3
    shown = type_("issue", "--boxed", "--box", "stall-7", "--drop", "harbour-lights", "--qr", *at)
    assert "▀" in shown.stdout


def test_usage_of_issue(started: Started, reader: Signer, type_: Type) -> None:
    """What contradicts itself ends with 2, what cannot be ends with 1, and both in a sentence."""
    at = ("--workspace", started.workspace.folder)
    for words in ((), ("--boxed",), ("--boxed", "--offer", "x"), ("--offer", "x", "--count", 2)):
        assert type_("issue", *words, *at).exit_code == 2
    far = type_("issue", "--offer", "http://example.com/api/v1/offers/x", *at)
    assert (far.exit_code, far.stdout) == (1, "")
    assert "no box nearby" in far.stderr
    nobody = type_("issue", "--boxed", "--box", "stall-7", "--drop", "harbour-lights", "--issuer", "Nobody", *at)
    assert (nobody.exit_code, "Reader 1" in nobody.stderr) == (1, True)


def test_an_issuer_with_limits_is_listed(started: Started, type_: Type) -> None:
    """`key new issuer` keeps kind and limits, and the next trust document lists them."""
    at = ("--workspace", started.workspace.folder)
    limits = ("--max-amount", 900, "--max-count", 5, "--drops", "harbour-*", "--time")
    answered(type_("key", "new", "issuer", "Shop", "--kind", "web", *limits, "--no-passphrase", "--json", *at))
    answered(type_("key", "new", "issuer", "Paper", "--kind", "voucher", "--no-passphrase", "--json", *at))
    waiting = type_("issue", "--boxed", "--box", "stall-7", "--drop", "harbour-lights", "--issuer", "shop", *at)
    assert "trust sign" in waiting.stderr
    answered(type_("trust", "sign", "--json", *at))
    shop, paper = trust.chain(started.workspace).current.issuers
    assert (shop.kind, shop.max_amount, shop.max_count, shop.time) == ("web", 900, 5, True)
    assert (shop.drops, shop.max_lifetime) == (("harbour-*",), DAY)
    assert (paper.kind, paper.max_lifetime) == ("voucher", 365 * DAY)


def test_what_is_withdrawn_stays_withdrawn(started: Started, reader: Signer, type_: Type) -> None:
    """Keys by name and tokens by id or link reach the trust document, add up, and the issuer signs no more."""
    at = ("--workspace", started.workspace.folder)
    one, two = (sign(asked_of(started), reader, now=NOW, expires=NOW + 60) for _ in range(2))
    first = answered(type_("trust", "revoke", one.id, two.link("http://10.42.0.1"), "--json", *at))
    assert first["tokens"] == sorted([one.id, two.id])
    answered(type_("trust", "sign", "--json", *at))
    answered(type_("trust", "revoke", "Reader 1", "--json", *at))
    answered(type_("trust", "sign", "--json", *at))
    current = trust.chain(started.workspace).current
    assert current.revoked_keys == {reader.key.public.did}
    assert current.revoked_tokens == {one.id, two.id}
    assert type_("trust", "revoke", "Nobody", *at).exit_code == 1
    late = type_("issue", "--boxed", "--box", "stall-7", "--drop", "harbour-lights", *at)
    assert (late.exit_code, "key new issuer" in late.stderr) == (1, True)


async def test_a_box_refuses_what_was_withdrawn(started: Started, reader: Signer, tmp_path: Path) -> None:
    """A token that the trust document withdraws is `revoked` at the box, another of the same issuer redeems."""
    bad, good = (sign(asked_of(started), reader, now=NOW, expires=NOW + DAY) for _ in range(2))
    held = roster.load(started.workspace)
    roster.save(started.workspace, roster.with_revoked(held, tokens=[bad.id]))
    hire(started, "Reader 2", "reader")  # signs the trust document, too
    async with stall_of(started, tmp_path) as stall:
        with pytest.raises(SaleError) as refusal:
            await stall.redeemer.redeem(bad.text)
        assert refusal.value.code == "revoked"
        assert (await stall.redeemer.redeem(good.text)).sold.number == 1
