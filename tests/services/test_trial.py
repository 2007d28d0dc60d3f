"""The test picture on displays of a box that does not run."""

from __future__ import annotations

import threading

from appliance.errors import DeviceError
from appliance.services.trial import show_test
from tests.reading import codes
from tests.services.test_show import FakeDisplay


async def test_on_every_display() -> None:
    """Each shows it in its own size, then the page of a box that is off; trouble with one is none of another's."""
    good, broken, hung = FakeDisplay(size=(400, 300)), FakeDisplay(), FakeDisplay(longest_s=0.05)
    broken.fails = DeviceError("device", "The cable is loose.")
    hung.free = threading.Event()
    faults = await show_test([good, broken, hung], "Stall 7", 0.05)
    hung.free.set()
    test, goodbye = good.shown
    assert codes(test.convert("RGB")) == {"STALLBOX 400X300"}
    assert goodbye.tobytes() != test.tobytes()
    assert faults[:2] == [None, "The cable is loose."]
    assert faults[2] is not None
    assert "has not answered" in faults[2]
