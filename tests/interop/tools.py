"""Calls the stock verifiers of FORMATS §8, which nobody here wrote.

Each function says what the foreign tool said of files; a tool that is not on this machine skips the test that asks.
`.ci/run` installs them all.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "interop"
GO_SOURCES = Path("/usr/share/gocode")
SECONDS = 120


def verify_certificate_with_node(certificate: Path) -> bool:
    """Whether @digitalbazaar/vc, offline, verifies this W3C credential."""
    node = _command("node", "nodejs")
    if not (HERE / "node_modules" / "@digitalbazaar" / "vc").is_dir():
        pytest.skip("the npm packages are not here: npm install --no-package-lock in tests/interop")
    answer = subprocess.run(
        [node, HERE / "verify_certificate.mjs", certificate],
        capture_output=True,
        check=True,
        timeout=SECONDS,
    )
    return json.loads(answer.stdout)["verified"] is True


def verify_token_with_node(token: Path, public: bytes) -> bool:
    """Whether @auth0/cose verifies these COSE_Sign1 bytes under an Ed25519 key."""
    node = _command("node", "nodejs")
    if not (HERE / "node_modules" / "@auth0" / "cose").is_dir():
        pytest.skip("the npm packages are not here: npm install --no-package-lock in tests/interop")
    x = urlsafe_b64encode(public).decode().rstrip("=")
    answer = subprocess.run(
        [node, HERE / "verify_token.mjs", token, x], capture_output=True, check=True, timeout=SECONDS
    )
    return json.loads(answer.stdout)["verified"] is True


def verify_receipt_with_go(receipt: Path, origin: str, public: bytes) -> bool:
    """Whether sumdb/note opens the receipt's checkpoint and sumdb/tlog finds its leaf under it."""
    return _tlogcheck("receipt", origin, public, receipt) is not None


def verify_growth_with_go(old: Path, new: Path, consistency: Sequence[bytes], origin: str, public: bytes) -> bool:
    """Whether sumdb/tlog finds that the checkpoint `new` continues the checkpoint `old`."""
    hashes = [b64encode(each).decode() for each in consistency]
    return _tlogcheck("growth", origin, public, old, new, *hashes) is not None


def cosignature_time_with_go(checkpoint: Path, name: str, public: bytes) -> int | None:
    """When the cosigner saw the checkpoint, as sumdb/note reads it; None where it refuses."""
    answer = _tlogcheck("cosigned", name, public, checkpoint)
    return None if answer is None else int(answer)


def verify_answer_with_go(checkpoint: Path, log: tuple[str, bytes], cosigner: tuple[str, bytes]) -> bool:
    """Whether sumdb/note finds the signatures of both note keys, name and bytes, on the checkpoint and no other."""
    name, public = cosigner
    return _tlogcheck("answered", *log, checkpoint, name, b64encode(public).decode()) is not None


def verify_with_minisign(message: Path, signature: Path, public_key: Path) -> str | None:
    """The trusted comment of a signature that minisign accepts; None where it refuses."""
    minisign = _command("minisign", "minisign")
    answer = _run(minisign, "-V", "-Q", "-m", message, "-x", signature, "-p", public_key)
    return answer.stdout.decode().rstrip("\n") if answer.returncode == 0 else None


def verify_with_signify(message: Path, signature: Path, public_key: Path) -> bool:
    """Whether OpenBSD's signify accepts the signature."""
    signify = _command("signify-openbsd", "signify-openbsd")
    return _run(signify, "-V", "-q", "-m", message, "-x", signature, "-p", public_key).returncode == 0


def verify_with_openssl(message: Path, signature: Path, public: bytes) -> bool:
    """Whether `openssl pkeyutl` accepts a bare Ed25519 signature over the file."""
    openssl = _command("openssl", "openssl")
    pem = signature.with_suffix(".pem")
    key = Ed25519PublicKey.from_public_bytes(public)
    pem.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    options = ("-verify", "-pubin", "-inkey", pem, "-rawin", "-in", message, "-sigfile", signature)
    return _run(openssl, "pkeyutl", *options).returncode == 0


def _tlogcheck(check: str, name: str, public: bytes, *arguments: Path | str) -> str | None:
    """What our Go program prints; None where it says no. A fault of the program itself fails the test."""
    answer = _run(_go_program(), check, name, b64encode(public).decode(), *arguments)
    if answer.returncode not in (0, 1):
        pytest.fail(answer.stderr.decode())
    return answer.stdout.decode() if answer.returncode == 0 else None


@functools.cache
def _go_program() -> Path:
    """Builds tlogcheck once a session, from Debian's sources alone: no module is fetched."""
    go = _command("go", "golang-go")
    if not (GO_SOURCES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go's sumdb packages are not here: apt-get install golang-golang-x-mod-dev")
    BUILD.mkdir(parents=True, exist_ok=True)
    program, built = BUILD / "tlogcheck", BUILD / f"tlogcheck-{os.getpid()}"
    offline = {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES), "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    subprocess.run(
        [go, "build", "-o", built, HERE / "tlogcheck" / "main.go"],
        env={**os.environ, **offline},
        check=True,
        timeout=SECONDS,
    )
    return built.replace(program)


def _run(*command: Path | str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)


def _command(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine: apt-get install {package}")
    return found
