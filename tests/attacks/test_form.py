"""Rows 9 and 10 of the attack table: another algorithm, another text or encoding of a token that is good."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from appliance.core import token
from appliance.errors import SaleError
from tests.attacks import forms
from tests.organizer import NOW, cose
from tests.stall.till import Till


def _all() -> Iterator[tuple[str, str]]:
    kinds = (forms.texts, forms.outers, forms.headers, forms.claims, forms.offers)
    return itertools.chain.from_iterable(kind() for kind in kinds)


def test_the_one_good_form() -> None:
    """What the attacks below bend is itself a token, so that each is refused for what was bent."""
    assert token.read(forms.GOOD).is_signed_by(forms.SIGNER.public)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("text", [pytest.param(text, id=f"{i} {name}") for i, (name, text) in enumerate(_all())])
def test_10_token_text_malleability(text: str) -> None:
    """Every other spelling is `malformed`: base32, CBOR and COSE each have exactly one.

    After PASETO's vector 4-F-5 (padding), and pretix, whose lenient base64 and ignored bytes after the signature
    make two tickets of one.
    """
    assert text != forms.GOOD
    with pytest.raises(SaleError) as refusal:
        token.read(text)
    assert refusal.value.code == "malformed"


async def test_10_no_other_text_is_a_second_redemption(till: Till) -> None:
    """A redeemed token in a link, in capitals and small letters of the link, is the same token: the same claim.

    After pretix's AsyncCheckProvider, whose offline check counts uses by the scanned text.
    """
    text = till.token()
    first = await till.redeem(text)
    for spelling in (text, f"HTTP://10.42.0.1/T/{text}", f"http://stall.local:8080/t/{text}"):
        again = await till.redeem(spelling)
        assert again.again
        assert again.sold.claim == first.sold.claim
    assert len(await till.log("sale")) == 1


async def test_10_a_second_signature_is_no_second_redemption(till: Till) -> None:
    """Bytes that differ and hold the same claims are the same token: what counts is (issuer, cti).

    After tokens.md, decision 4: the redemption key comes from the verified payload.
    """
    cti = bytes(12)
    first = await till.redeem(till.token(cti=cti))
    later = await till.redeem(till.token(cti=cti, expires=till.hardware.truth + 1800))
    assert later.again
    assert later.sold.claim == first.sold.claim


@pytest.mark.parametrize("alg", [None, -7, -19, -53, 5, "EdDSA", 0])
async def test_09_algorithm_confusion(till: Till, alg: object) -> None:
    """The algorithm is pinned by the key's role; a header that names another is refused before any key is looked up.

    After PASETO's vector 4-F-3 and JWT's `none` and HS256.
    """
    assert await till.code(till.token(header={1: alg})) == "malformed"
    assert await till.log("refused") == []


async def test_09_mac_with_the_public_key(till: Till) -> None:
    """A MAC keyed with the issuer's public key is no signature. After JWT's RS256-as-HS256."""
    good = token.read(till.token())
    forged = good.data[:-64] + (till.organizer.issuer.public.raw * 2)
    assert await till.code(forms.base32(forged)) == "bad-signature"


async def test_09_a_signature_over_something_else(till: Till) -> None:
    """The issuer's signature over the payload alone, or with other external data, is no token's.

    After RFC 9052 §4.4: the context string and empty external_aad are signed, too.
    """
    protected, payload = forms.encode(forms.HEADER), forms.encode({**forms.CLAIMS, 3: till.stall.house.box_id})
    good = token.read(cose(protected, payload, till.organizer.issuer)).data
    for message in (payload, forms.encode(["Signature1", protected, b"\0", payload]), protected + payload):
        signature = till.organizer.issuer.sign(message)
        assert await till.code(forms.base32(good[:-64] + signature)) == "bad-signature"


async def test_an_issuers_clock_in_milliseconds(till: Till) -> None:
    """Times of the year 58,000 are refused in words, not with a fault of the calendar."""
    issued = NOW * 1000
    refusal = await till.refusal(till.token(issued=issued, expires=issued + 3600), "price")
    assert refusal.code == "not-yet"
    assert "9999-12-31" in refusal.detail
