"""The kernel's neighbour table, as any account reads it."""

from __future__ import annotations

from pathlib import Path

from appliance.weblib.neighbours import hardware_address

TABLE = """\
IP address       HW type     Flags       HW address            Mask     Device
10.42.0.57       0x1         0x2         3C:2E:F9:01:02:03     *        wlan0
10.42.0.58       0x1         0x0         00:00:00:00:00:00     *        wlan0
"""


def test_reads(tmp_path: Path) -> None:
    """An address that the kernel knows has its hardware address; one that did not answer has none."""
    table = tmp_path / "arp"
    table.write_text(TABLE)
    assert hardware_address("10.42.0.57", table) == "3c:2e:f9:01:02:03"
    assert hardware_address("10.42.0.58", table) is None
    assert hardware_address("10.42.0.59", table) is None
    assert hardware_address("10.42.0.57", tmp_path / "none") is None


def test_the_real_one() -> None:
    """This machine's own table can be read; loopback is not in it."""
    assert hardware_address("127.0.0.1") is None
