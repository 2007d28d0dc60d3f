"""Ed25519 keys: their names (did:key, key id), signing, verifying, and the file in which a private key rests.

FORMATS §1. Knows no file system and draws no random number: seeds, salts and nonces are arguments.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property

from nacl import bindings, pwhash, secret
from nacl.exceptions import CryptoError

from appliance.core.documents import Fields, malformed, read_json, write_json
from appliance.errors import KeyFileError, PaperError, PassphraseError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MULTICODEC = b"\xed\x01"
_KINDS = frozenset({"stallbox-key", "stallbox-contact-key"})
OPSLIMIT = 3
MEMLIMIT = 268435456
SALT_BYTES = 16
NONCE_BYTES = 24


def base58_encode(data: bytes) -> str:
    """base58btc, as multibase `z` and did:key use it."""
    number = int.from_bytes(data)
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decode(text: str, length: int) -> bytes:
    """The `length` bytes that `text` spells; ValueError for any other text."""
    number = 0
    for char in text[: 2 * length]:
        number = number * 58 + _ALPHABET.index(char)
    data = number.to_bytes(length) if number < 256**length else b""
    if base58_encode(data) != text:
        raise ValueError("not base58 of the right length")
    return data


@dataclass(frozen=True)
class PublicKey:
    """A public Ed25519 key: canonical and not of small order, or it is refused (`doc-malformed`)."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32 or not bindings.crypto_core_ed25519_is_valid_point(self.raw):
            raise malformed("A public key is not a usable Ed25519 key")

    @cached_property
    def did(self) -> str:
        return "did:key:" + self.multibase

    @cached_property
    def multibase(self) -> str:
        return "z" + base58_encode(_MULTICODEC + self.raw)

    @cached_property
    def id(self) -> str:
        """The key id: first 8 bytes of SHA-256 of the key, 16 hex digits."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            bindings.crypto_sign_open(signature + message, self.raw)
        except (CryptoError, ValueError):
            return False
        return len(signature) == 64

    @classmethod
    def from_did(cls, did: str, where: str = "A key") -> PublicKey:
        """The key that a did:key names; `doc-malformed` for any other text."""
        try:
            if not did.startswith("did:key:z") or len(did) > 64:
                raise ValueError(did)
            data = base58_decode(did.removeprefix("did:key:z"), 34)
            if data[:2] != _MULTICODEC:
                raise ValueError(did)
        except ValueError as error:
            raise malformed(f"{where}: {did[:80]!r} is not an Ed25519 did:key") from error
        return cls(data[2:])


@dataclass(frozen=True)
class PrivateKey:
    """A private Ed25519 key. Its representation never shows the seed."""

    seed: bytes

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.id})"

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey(self._pair[0])

    @cached_property
    def _pair(self) -> tuple[bytes, bytes]:
        return bindings.crypto_sign_seed_keypair(self.seed)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature (RFC 8032)."""
        return bindings.crypto_sign(message, self._pair[1])[:64]


@dataclass(frozen=True)
class ContactKey:
    """A private X25519 key that opens what buyers sealed to the organizer."""

    seed: bytes

    def __repr__(self) -> str:
        return f"ContactKey({self.public})"

    @cached_property
    def public(self) -> str:
        """Standard base64 of the 32 public bytes."""
        return b64encode(bindings.crypto_scalarmult_base(self.seed)).decode()


@dataclass(frozen=True)
class Sealing:
    """What it takes to put a key under a pass phrase: the phrase, and fresh random bytes."""

    passphrase: str
    salt: bytes  # SALT_BYTES
    nonce: bytes  # NONCE_BYTES

    def __repr__(self) -> str:
        return "Sealing(…)"

    @cached_property
    def secret(self) -> bytes:
        """The 32 bytes that the pass phrase gives: 256 MiB, and about a second, for whoever asks first."""
        return _derive(self.passphrase, self.salt)


def write_key_file(key: PrivateKey | ContactKey, sealing: Sealing | None) -> bytes:
    """The key as JSON (FORMATS §1): sealed with argon2id, or open where `sealing` is None."""
    contact = isinstance(key, ContactKey)
    record: dict[str, object] = {
        "kind": "stallbox-contact-key" if contact else "stallbox-key",
        "public": key.public if isinstance(key, ContactKey) else key.public.did,
        "kdf": "none",
        "salt": None,
        "nonce": None,
        "secret": b64encode(key.seed).decode(),
    }
    if sealing is not None:
        box = secret.SecretBox(sealing.secret)
        record |= {
            "kdf": "argon2id",
            "salt": b64encode(sealing.salt).decode(),
            "nonce": b64encode(sealing.nonce).decode(),
            "secret": b64encode(box.encrypt(key.seed, sealing.nonce).ciphertext).decode(),
        }
    return write_json(record) + b"\n"


def is_sealed(data: bytes) -> bool:
    """Whether this key file needs a pass phrase."""
    return _read_record(data).text("kdf") == "argon2id"


def read_key_file(data: bytes, passphrase: str | None = None) -> PrivateKey | ContactKey:
    """The key in the file; KeyFileError where the file is damaged or the pass phrase is not its own."""
    return open_key_file(data, passphrase)[0]


def open_key_file(data: bytes, passphrase: str | None) -> tuple[PrivateKey | ContactKey, bytes | None]:
    """As `read_key_file`, and the secret that the pass phrase gives; None where the file needs none."""
    record = _read_record(data)
    seed, sealing = _seed(record, passphrase)
    key = ContactKey(seed) if record.text("kind") == "stallbox-contact-key" else PrivateKey(seed)
    public = key.public if isinstance(key, ContactKey) else key.public.did
    if public != record.text("public"):
        raise KeyFileError("key-file", "The secret in this key file does not belong to its public key.")
    return key, sealing


def read_private_key(data: bytes, passphrase: str | None = None) -> PrivateKey:
    """A signing key; KeyFileError where the file holds a contact key."""
    key = read_key_file(data, passphrase)
    if not isinstance(key, PrivateKey):
        raise KeyFileError("key-file", "This is a contact key; a signing key is needed here.")
    return key


def read_contact_key(data: bytes, passphrase: str | None = None) -> ContactKey:
    """A contact key; KeyFileError where the file holds a signing key."""
    key = read_key_file(data, passphrase)
    if not isinstance(key, ContactKey):
        raise KeyFileError("key-file", "This is a signing key; a contact key is needed here.")
    return key


def _read_record(data: bytes) -> Fields:
    try:
        record = Fields(
            read_json(data, "The key file", 4096), "key", "kind", "public", "kdf", "salt", "nonce", "secret"
        )
        record.choice("kind", _KINDS)
        record.choice("kdf", frozenset({"none", "argon2id"}))
    except PaperError as error:
        raise KeyFileError("key-file", f"This is not a key file: {error.detail}") from error
    return record


def _seed(record: Fields, passphrase: str | None) -> tuple[bytes, bytes | None]:
    sealing = None
    try:
        seed = b64decode(record.text("secret"), validate=True)
        if record.text("kdf") == "argon2id":
            if passphrase is None:
                raise KeyFileError("key-file", "This key needs its pass phrase.")
            sealing = _derive(passphrase, b64decode(record.text("salt"), validate=True))
            seed = secret.SecretBox(sealing).decrypt(seed, b64decode(record.text("nonce"), validate=True))
    except CryptoError as error:
        raise PassphraseError("key-file", "The pass phrase does not open this key.") from error
    except (PaperError, ValueError, TypeError) as error:
        raise KeyFileError("key-file", "This key file is damaged.") from error
    if len(seed) != 32:
        raise KeyFileError("key-file", "This key file is damaged.")
    return seed, sealing


def _derive(passphrase: str, salt: bytes) -> bytes:
    return pwhash.argon2id.kdf(32, passphrase.encode(), salt, opslimit=OPSLIMIT, memlimit=MEMLIMIT)
