"""The browser of these tests; a test that cannot have it says what to install."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def chromium() -> str:
    """Debian's browser; playwright-core drives it."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not on this machine: apt-get install chromium")
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine: apt-get install nodejs npm")
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        pytest.skip("the npm package is not here: npm install --no-package-lock in tests/browser")
    return found
