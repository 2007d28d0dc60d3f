"""An atheris target: tokens, papers and answers, from whoever stands at the box. Run by test_parsers.py, or by hand:

    python tests/fuzz/fuzz_parsers.py -max_total_time=60 [folder of inputs]

The first byte of an input says which reader gets the rest. Nothing but the project's own errors may come out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["appliance", "base64", "json", "cbor2"]):
    import cbor2

    from appliance.core import allotment, answer, certificate, courier, entries, envelope, manifest, token, trust
    from appliance.core.envelope import Kind
    from appliance.errors import StallboxError
    from tests.organizer import base32

SIGNATURE = bytes(64)
SIZE = 100


def _text(data: bytes) -> None:
    token.read(token.strip_link(data.decode("latin-1")))


def _cose(data: bytes) -> None:
    """What is read once is the only way to write it."""
    signed = token.read(base32(data))
    assert signed.data == data


def _parts(data: bytes) -> None:
    """Header and claims inside an outer item that is good, so that the fuzzer need not find that first."""
    header, claims = data[1 : 1 + data[0] % 32] if data else b"", data[1 + data[0] % 32 :] if data else b""
    token.read(base32(cbor2.dumps(cbor2.CBORTag(18, [header, {}, claims, SIGNATURE]))))


READERS: Sequence[Callable[[bytes], object]] = (
    _text,
    _cose,
    _parts,
    lambda data: envelope.read(data, Kind.TRUST),
    lambda data: envelope.read(data, Kind.DROP),
    trust.parse,
    manifest.parse,
    lambda data: allotment.parse(data, SIZE),
    certificate.read,
    entries.read,
    envelope.kind_of,
    answer.read,
    courier.parse,
)


def read(data: bytes) -> None:
    """Hands one input to its reader; a refusal is an answer, anything else a crash."""
    if not data:
        return
    try:
        READERS[data[0] % len(READERS)](data[1:])
    except StallboxError:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
