"""The guard of tests/conftest.py: a group that must run cannot go missing unseen, and CI forgets none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SETTINGS = "[tool.pytest.ini_options]\nmarkers = ['interop: stock verifiers']\n"
SKIPPING = "import pytest\n\n@pytest.mark.interop\ndef test_it(): pytest.skip('no node')\n"
SKIPPING_ALL = "import pytest\npytest.skip('no go', allow_module_level=True)\n"
RUNNING = "import pytest\n\n@pytest.mark.interop\ndef test_it(): assert True\n"
OTHER = "import pytest\n\ndef test_it(): pytest.skip('no unzip')\n"


def run(folder: Path, must_run: str, **modules: str) -> tuple[int, str]:
    (folder / "tests" / "interop").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "tests" / "conftest.py").write_text((HERE / "conftest.py").read_text())
    for name, text in modules.items():
        (folder / "tests" / "interop" / f"test_{name}.py").write_text(text)
    environment = {**os.environ, "STALLBOX_MUST_RUN": must_run, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"a": SKIPPING, "b": RUNNING}, "no node"),
        ({"a": SKIPPING_ALL, "b": RUNNING}, "no go"),
        ({"b": OTHER}, "FAILED group interop"),
    ],
    ids=["a test skips", "a module skips", "no test of the group"],
)
def test_a_group_that_must_run_fails_where_it_did_not(tmp_path: Path, modules: dict[str, str], said: str) -> None:
    """A skip in the group, and the absence of the group, each fail the session and give the reason."""
    code, output = run(tmp_path, "interop", **modules)
    assert code != 0
    assert said in output


def test_a_group_that_ran_passes(tmp_path: Path) -> None:
    """A group that ran satisfies the guard."""
    assert run(tmp_path, "interop", a=RUNNING)[0] == 0


def test_without_the_order_a_skip_is_a_skip(tmp_path: Path) -> None:
    """On a machine without the tools the session passes."""
    assert run(tmp_path, "", a=SKIPPING)[0] == 0


def test_ci_runs_every_group() -> None:
    """Each marker of pyproject.toml is a group that CI must run."""
    settings = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    groups = re.search(r"^slow_groups=(.*)$", (HERE.parent / ".ci" / "run").read_text(), re.MULTILINE)
    assert groups is not None
    assert set(groups[1].split(",")) == {marker.partition(":")[0] for marker in settings["markers"]}
