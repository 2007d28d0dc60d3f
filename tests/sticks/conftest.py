"""A stick for every test of this group, where one can be made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sticks.loops import LoopStick

TOOLS = {"losetup": "mount", "mount": "mount", "mkfs.ext4": "e2fsprogs", "e2fsck": "e2fsprogs"}


@pytest.fixture
def stick(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LoopStick]:
    """An empty stick of this file system (ext4), not in yet. Skips where none can be mounted, and says why."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a stick")
    if missing := [package for tool, package in TOOLS.items() if shutil.which(tool) is None]:
        pytest.skip(f"needs Debian's {', '.join(missing)}")
    made = LoopStick(tmp_path / "slot", getattr(request, "param", "ext4"))
    try:
        made.put_in()
    except OSError as error:
        pytest.skip(f"this kernel mounts no image: {error}")
    made.take_out()
    yield made
    made.take_out()
