"""All lines of the doctor in their order. A box that does not answer is a line of its own, and the rest goes on."""

from __future__ import annotations

from pathlib import Path

from appliance.errors import StallboxError
from appliance.settings import Settings
from provisioning.doctor import box_checks, machine_checks
from provisioning.doctor.asking import Told, ask
from provisioning.doctor.line import Line, fail
from provisioning.doctor.machine import Machine


async def examine(settings: Settings, folder: Path, machine: Machine) -> list[Line]:
    """Asks the box in `folder` and judges it and the machine."""
    try:
        told = await ask(folder)
    except StallboxError as error:
        return [fail("box", "does not say how it is", error.detail), *machine_checks.network(settings, machine)]
    return lines(settings, machine, told)


def lines(settings: Settings, machine: Machine, told: Told) -> list[Line]:
    """What is found, the network first: without it nobody comes."""
    return [
        machine_checks.service(machine, told),
        *machine_checks.network(settings, machine),
        box_checks.seats(told),
        box_checks.name(settings, told),
        *machine_checks.screens(settings, machine, told),
        machine_checks.buttons(settings, machine, told),
        *box_checks.box_lines(told),
        *machine_checks.battery_clock(machine, told),
        machine_checks.helper(machine),
    ]
