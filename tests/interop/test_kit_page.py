"""The commands on the verify-kit's page, typed as they stand there."""

from __future__ import annotations

import html
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.tools import SECONDS
from tests.provisioning.conftest import first_photos, first_started, photos, started
from tests.provisioning.test_kit import kit

pytestmark = pytest.mark.interop
__all__ = ["first_photos", "first_started", "kit", "photos", "started"]

_TOOLS = {"openssl": 3, "minisign": 1, "signify-openbsd": 1}  # how many of the page's commands each one has


def _commands(page: Path, tool: str) -> list[list[str]]:
    blocks = re.findall(r"<pre>(.*?)</pre>", page.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in html.unescape(block).splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(tool + " ")]


def _run(command: list[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=SECONDS).returncode


@pytest.mark.parametrize("tool", _TOOLS)
def test_every_command_on_the_page_holds(kit: Path, tool: str) -> None:  # the fixture of that name
    """Each tool accepts each file, and refuses it after one byte was changed."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not on this machine")
    commands = _commands(kit / "index.html", tool)
    assert len(commands) == _TOOLS[tool]
    for command in commands:
        assert _run(command, kit) == 0
        signed = kit / command[command.index("-in" if tool == "openssl" else "-m") + 1]
        whole = signed.read_bytes()
        signed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert _run(command, kit) != 0
        signed.write_bytes(whole)


def test_securesystemslib_reads_the_newest_trust_document(kit: Path) -> None:
    """The page's program verifies the envelope with the root's keys."""
    pytest.importorskip("securesystemslib", reason="securesystemslib is not installed: make test installs it")
    [program] = re.findall(r"&lt;&lt;'END'\n(.*?)\nEND", (kit / "index.html").read_text(), re.DOTALL)
    assert _run([sys.executable, "-c", html.unescape(program)], kit) == 0
