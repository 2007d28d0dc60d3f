"""Extras fail and come back; what is essential does not go through here."""

from __future__ import annotations

import asyncio

import pytest

from appliance.core.status import Fault
from appliance.services import supervise as module
from appliance.services.supervise import supervise


class Panel:
    """A service that fails so many times and then runs."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.starts = 0
        self.runs = asyncio.Event()

    async def run(self) -> None:
        self.starts += 1
        if self.starts <= self._failures:
            raise OSError("no panel")
        self.runs.set()
        await asyncio.Event().wait()


async def test_starts_again() -> None:
    """A service that failed is said, started again after a pause, and the fault goes away when it runs."""
    panel, notes = Panel(failures=1), []
    task = asyncio.create_task(supervise("display", panel.run, lambda about, fault: notes.append((about, fault))))
    async with asyncio.timeout(module.FIRST_PAUSE_S + 3):
        await panel.runs.wait()
    assert panel.starts == 2
    assert notes == [
        ("display", None),
        ("display", Fault("device", "The display has stopped: no panel. It is tried again.")),
        ("display", None),
    ]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_ends() -> None:
    """A service that has nothing more to do is not started again."""
    starts = 0

    async def run() -> None:
        nonlocal starts
        starts += 1

    await supervise("clock", run, lambda about, fault: None)
    assert starts == 1


async def test_cancelled_while_it_waits() -> None:
    """The end of the box does not wait for a pause."""
    panel = Panel(failures=9)
    task = asyncio.create_task(supervise("display", panel.run, lambda about, fault: None))
    while not panel.starts:
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(0.5):
        await asyncio.gather(task, return_exceptions=True)
    assert panel.starts == 1
