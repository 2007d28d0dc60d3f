"""Keys: their names, their signatures, and the file in which they rest."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.keys import (
    ContactKey,
    PrivateKey,
    PublicKey,
    Sealing,
    base58_decode,
    base58_encode,
    is_sealed,
    read_key_file,
    read_private_key,
    write_key_file,
)
from appliance.errors import KeyFileError, PaperError

KEY = PrivateKey(bytes(range(32)))
SEALING = Sealing("correct horse", b"s" * 16, b"n" * 24)
SEALED = cache(lambda: write_key_file(KEY, SEALING))  # it takes 256 MiB and half a second
# RFC 8032 §7.1, test 3.
RFC_SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
RFC_PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
RFC_SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
# Points of small order, and encodings that are not canonical (as libsodium lists them).
UNUSABLE = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    b"\xff" * 32,
]


def test_signatures_are_those_of_the_standard() -> None:
    """Key pair and signature of RFC 8032's test vector come out as published."""
    key = PrivateKey(RFC_SEED)
    assert key.public.raw == RFC_PUBLIC
    assert key.sign(b"\xaf\x82") == RFC_SIGNATURE
    assert key.public.verifies(b"\xaf\x82", RFC_SIGNATURE)


@given(st.binary(max_size=64), st.integers(0, 63), st.integers(1, 255))
def test_a_changed_byte_breaks_a_signature(message: bytes, place: int, change: int) -> None:
    """No signature with one changed byte verifies, and none over another message."""
    signature = bytearray(KEY.sign(message))
    signature[place] ^= change
    assert not KEY.public.verifies(message, bytes(signature))
    assert not KEY.public.verifies(message + b"x", KEY.sign(message))


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    """A signature has 64 bytes; any other number is a plain no, not an error."""
    assert not KEY.public.verifies(b"m", (KEY.sign(b"m") * 2)[:length])


@pytest.mark.parametrize("raw", UNUSABLE, ids=lambda raw: raw.hex()[:8])
def test_unusable_points_are_no_keys(raw: bytes) -> None:
    """Small order and non-canonical encodings are refused when a document lists them."""
    with pytest.raises(PaperError, match="not a usable Ed25519 key"):
        PublicKey.from_did("did:key:z" + base58_encode(b"\xed\x01" + raw))


@given(st.binary(min_size=34, max_size=34))
def test_base58_round_trips(data: bytes) -> None:
    """Every 34 bytes have one spelling, leading zeros included."""
    assert base58_decode(base58_encode(data), 34) == data


def test_a_did_names_one_key() -> None:
    """A key's did:key leads back to the same bytes, and its id is the head of their digest."""
    assert PublicKey.from_did(KEY.public.did) == KEY.public
    assert KEY.public.did.startswith("did:key:z6Mk")
    assert KEY.public.id == "56475aa75463474c"


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:web:a.example",
        KEY.public.did[:-1],
        KEY.public.did + "1",
        KEY.public.did.replace("z6Mk", "z16Mk"),
        KEY.public.did[:20] + "0" + KEY.public.did[21:],
        "did:key:z" + base58_encode(b"\xec\x01" + KEY.public.raw),
        "did:key:z" + "2" * 10_000,
        KEY.public.did.upper(),
    ],
)
def test_other_texts_are_no_did(did: str) -> None:
    """Another spelling, another kind of key or another length is refused, by the field that holds it."""
    with pytest.raises(PaperError) as refused:
        PublicKey.from_did(did, "trust.root.keys")
    assert refused.value.code == "doc-malformed"
    assert "trust.root.keys" in refused.value.detail


def test_a_key_rests_in_a_file_and_comes_back() -> None:
    """Open and sealed files give the key back; only the sealed one needs its pass phrase and hides the seed."""
    for key in (KEY, ContactKey(bytes(range(32)))):
        plain, sealed = write_key_file(key, None), write_key_file(key, SEALING)
        assert read_key_file(plain) == key
        assert read_key_file(sealed, "correct horse") == key
        assert (is_sealed(plain), is_sealed(sealed)) == (False, True)
        assert json.loads(plain)["secret"] not in sealed.decode()


def test_the_file_says_what_the_formats_say() -> None:
    """Exactly the fields of FORMATS §1, with the public key readable without pass phrase."""
    record = json.loads(SEALED())
    assert sorted(record) == ["kdf", "kind", "nonce", "public", "salt", "secret"]
    assert (record["kind"], record["kdf"], record["public"]) == ("stallbox-key", "argon2id", KEY.public.did)
    assert json.loads(write_key_file(ContactKey(bytes(32)), None))["kind"] == "stallbox-contact-key"


@pytest.mark.parametrize("phrase", ["correct hors", "", None])
def test_another_pass_phrase_does_not_open(phrase: str | None) -> None:
    """A wrong or a missing pass phrase is said, as such."""
    with pytest.raises(KeyFileError, match="pass phrase"):
        read_key_file(SEALED(), phrase)


def _bent(**fields: object) -> bytes:
    return json.dumps(json.loads(write_key_file(KEY, None)) | fields).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        _bent(kind="ssh"),
        _bent(kdf="scrypt"),
        _bent(secret="AAAA"),
        _bent(secret="!"),
        _bent(secret=None),
        _bent(public=PrivateKey(b"x" * 32).public.did),
        _bent(kdf="argon2id"),
        _bent(kdf="argon2id", salt="AAAA", nonce="AAAA"),
        _bent(more=1),
        _bent(pad="x" * 5000),
    ],
)
def test_a_damaged_key_file_is_refused(data: bytes) -> None:
    """Whatever is wrong with a key file, the answer is one `key-file` error and never another key."""
    with pytest.raises(KeyFileError) as refused:
        read_key_file(data, "correct horse")
    assert refused.value.code == "key-file"


def test_a_contact_key_does_not_sign() -> None:
    """Where a signing key is needed, a contact key is refused by what it is."""
    with pytest.raises(KeyFileError, match="contact key"):
        read_private_key(write_key_file(ContactKey(bytes(32)), None))


def test_secrets_do_not_show_in_logs() -> None:
    """The representation of keys and pass phrases holds neither seed nor phrase."""
    shown = repr(KEY) + repr(ContactKey(bytes(range(32)))) + repr(SEALING)
    assert "horse" not in shown
    assert repr(KEY.seed)[2:-1] not in shown
