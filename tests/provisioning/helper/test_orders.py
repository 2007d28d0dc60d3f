"""Orders as text: what is one, and that nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.helper.orders import (
    EARLIEST,
    LATEST,
    STICKS,
    ApplyHotspot,
    Eject,
    Mode,
    Mount,
    Order,
    PowerOff,
    RefusedError,
    RestartAccessPoint,
    SetClock,
    parse,
    render,
)

DIGEST = "0123456789abcdef" * 4
sticks = st.sampled_from(sorted(STICKS))
orders: st.SearchStrategy[Order] = st.one_of(
    st.text("0123456789abcdef", min_size=64, max_size=64).map(ApplyHotspot),
    st.integers(EARLIEST, LATEST - 1).map(SetClock),
    st.just(PowerOff()),
    st.builds(Mount, sticks, st.sampled_from(Mode)),
    sticks.map(Eject),
    st.just(RestartAccessPoint()),
)


@given(orders)
def test_round_trip(order: Order) -> None:
    """Every order is read as it was written."""
    assert parse(render(order)) == order


@given(st.binary(max_size=160) | orders.map(render).flatmap(lambda line: st.permutations(line).map(bytes)))
def test_any_bytes(line: bytes) -> None:
    """Bytes are refused unless they are exactly what an order is written as."""
    try:
        order = parse(line)
    except RefusedError:
        return
    assert render(order) == line


@pytest.mark.parametrize(
    "line",
    [
        "power-off",
        "power-off now\n",
        "POWER-OFF\n",
        " power-off\n",
        "power-off\npower-off\n",
        "power-off\r\n",
        f"apply-hotspot {DIGEST[1:]}\n",
        f"apply-hotspot {DIGEST.upper()}\n",
        "apply-hotspot /etc/shadow\n",
        "apply-hotspot\n",
        f"set-clock {EARLIEST - 1}\n",
        f"set-clock {LATEST}\n",
        "set-clock 0\n",
        "set-clock -1790000000\n",
        "set-clock 1790000000.5\n",
        "set-clock ١٧٩٠٠٠٠٠٠٠\n",
        "mount sda1\n",
        "mount sda1 execute\n",
        "mount /dev/sda1 read\n",
        "mount ../sda1 read\n",
        "mount mmcblk0p1 read\n",
        "mount sda16 read\n",
        "eject sda1;reboot\n",
        "eject --now\n",
        "restart-access-point stallbox\n",
        f"eject {'s' * 200}\n",
        "\n",
        "",
    ],
)
def test_no_orders(line: str) -> None:
    """Paths, options, other cases, other numbers and further words are no orders."""
    with pytest.raises(RefusedError):
        parse(line.encode())
