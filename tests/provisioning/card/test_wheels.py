"""Which wheels a box can install."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import WorkspaceError
from provisioning.card.partition import Release
from provisioning.card.wheels import Target, choose, fits, target
from tests.provisioning.card.cards import NEEDED, wheels

TRIXIE, BOOKWORM = target(Release.TRIXIE), target(Release.BOOKWORM)


@pytest.mark.parametrize(
    ("name", "on_bookworm", "on_trixie"),
    [
        ("aiohttp-3.14.5-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", False, True),
        ("aiohttp-3.14.5-cp311-cp311-manylinux2014_aarch64.whl", True, False),
        ("aiohttp-3.14.5-cp313-cp313-manylinux_2_28_x86_64.whl", False, False),
        ("aiohttp-3.14.5-cp313-cp313-musllinux_1_2_aarch64.whl", False, False),
        ("cryptography-50.0.2-cp311-abi3-manylinux_2_28_aarch64.whl", True, True),
        ("new-1.0-cp312-abi3-manylinux_2_28_aarch64.whl", False, True),
        ("new-1.0-cp38-abi3-manylinux_2_39_aarch64.whl", False, True),
        ("babel-2.18.0-py3-none-any.whl", True, True),
        ("six-1.0-2-py2.py3-none-any.whl", True, True),
        ("watchdog-7.1.0-py3-none-manylinux2014_aarch64.whl", True, True),
        ("own-1.0-cp313-cp313-linux_aarch64.whl", False, True),
        ("old-1.0-py2-none-any.whl", False, False),
        ("nonsense.whl", False, False),
    ],
)
def test_names(name: str, on_bookworm: bool, on_trixie: bool) -> None:
    """Python, ABI, machine and glibc all have to fit."""
    assert (fits(name, BOOKWORM), fits(name, TRIXIE)) == (on_bookworm, on_trixie)


@pytest.mark.parametrize("wanted", [BOOKWORM, TRIXIE], ids=["bookworm", "trixie"])
def test_all_that_fit(tmp_path: Path, wanted: Target) -> None:
    """Those for another machine are left behind."""
    found = choose(wheels(tmp_path / "wheels", wanted), wanted)
    assert len(found) == NEEDED
    assert not any("win_amd64" in path.name for path in found)


def test_the_wrong_python(tmp_path: Path) -> None:
    """Wheels for bookworm are no wheels for trixie, and it is said which are lacking and how to get them."""
    folder = wheels(tmp_path / "wheels", BOOKWORM)
    with pytest.raises(WorkspaceError, match=r"no wheel of aiohttp, .* for Python 3\.13 on aarch64"):
        choose(folder, TRIXIE)
    with pytest.raises(WorkspaceError, match=r"no wheel of stallbox, .*stallbox-organizer card --help"):
        choose(tmp_path / "nowhere", TRIXIE)
