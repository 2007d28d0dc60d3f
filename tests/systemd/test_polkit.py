"""The polkit rule, run as polkit would: it is JavaScript, and so is node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

RULE = Path(__file__).parents[2] / "systemd" / "stallbox.polkit.rules"
UNITS = "org.freedesktop.systemd1.manage-units"
_POLKIT = """
let rule;
globalThis.polkit = {Result: {YES: "yes", NOT_HANDLED: null}, addRule: (given) => { rule = given; }};
require("vm").runInThisContext(require("fs").readFileSync(process.argv[1], "utf8"));
const asked = JSON.parse(process.argv[2]);
const answers = asked.map(([id, user, unit, verb]) => rule({id, lookup: (name) => ({unit, verb})[name]}, {user}));
console.log(JSON.stringify(answers));
"""

ALLOWED = [
    (UNITS, "stallbox", "stallbox-usb@sda1.service", "start"),
    (UNITS, "stallbox", "stallbox-usb@sda.service", "stop"),
    (UNITS, "stallbox", "stallbox-usb-write@sdb15.service", "start"),
    (UNITS, "stallbox", "stallbox-hotspot.service", "restart"),
]
NOT_ALLOWED = [
    (UNITS, "pi", "stallbox-usb@sda1.service", "start"),
    (UNITS, "stallbox", "stallbox-usb@sda1.service", "restart"),
    (UNITS, "stallbox", "stallbox-usb@sda1.service.evil", "start"),
    (UNITS, "stallbox", "x-stallbox-usb@sda1.service", "start"),
    (UNITS, "stallbox", "stallbox-hotspot.service", "stop"),
    (UNITS, "stallbox", "ssh.service", "stop"),
    (UNITS, "stallbox", None, None),
    ("org.freedesktop.systemd1.manage-unit-files", "stallbox", "stallbox-usb@sda1.service", "start"),
    ("org.freedesktop.login1.power-off", "stallbox", None, None),
]


def test_by_unit_and_verb() -> None:
    """The box's account may do these acts, to no other unit, with no other verb, and nobody else by this rule."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    asked = json.dumps([*ALLOWED, *NOT_ALLOWED])
    done = subprocess.run(
        [node, "-e", _POLKIT, str(RULE), asked], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["yes"] * len(ALLOWED) + [None] * len(NOT_ALLOWED)
