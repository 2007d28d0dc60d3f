"""The rules of a sale: money adds up, and the window is judged by what is certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import manifest
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import format_time
from appliance.core.manifest import Manifest, Price
from appliance.core.sale import (
    Method,
    Order,
    Window,
    check_order,
    check_papers,
    check_stock,
    check_window,
    payments,
    price_of,
    window,
)
from appliance.errors import RequestError, SaleError
from tests.organizer import NOW, Organizer

PRICE = Price("download", "Download", 800, None, None)
FOREVER = 30


@pytest.fixture(scope="module")
def organizer(tmp_path_factory: pytest.TempPathFactory) -> Organizer:
    return Organizer(tmp_path_factory.mktemp("organizer"))


def drop(organizer: Organizer, begin: int | None = None, end: int | None = None) -> Manifest:
    """Harbour Lights, sold from `begin` until `end` seconds after NOW."""
    times = [None if each is None else format_time(NOW + each) for each in (begin, end)]
    return manifest.parse(organizer.drop(sale={"from": times[0], "until": times[1]}).manifest_payload())


def stamp(lo: int, hi: int | None) -> Stamp:
    return Stamp(NOW + lo, None if hi is None else NOW + hi, Quality.NTP, "boot", 0)


@given(
    st.integers(0, 2**40),
    st.integers(1, 50),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.sampled_from([Method.CASH, Method.CARD]),
)
def test_money_adds_up(amount: int, quantity: int, discount: int, tip: int, method: Method) -> None:
    """Over all copies discount and tip are what was ordered; no copy costs less than nothing; free is what is free."""
    order = Order("x", quantity=quantity, method=method, discount=discount, discount_reason="x", tip=tip)
    price = Price("p", "P", amount, None, None)
    if discount > amount * quantity:
        with pytest.raises(RequestError, match="larger than the price"):
            payments(order, price)
        return
    copies = payments(order, price)
    assert len(copies) == quantity
    assert sum(copy.discount for copy in copies) == discount
    assert sum(copy.tip for copy in copies) == tip
    assert sum(copy.paid for copy in copies) == amount * quantity - discount + tip
    for copy in copies:
        assert copy.paid >= 0
        assert copy.method == (Method.FREE if copy.paid == 0 else method)
    assert max(copy.discount for copy in copies) - min(copy.discount for copy in copies) <= 1


@pytest.mark.parametrize(
    ("begin", "end", "lo", "hi", "wanted"),
    [
        (None, None, 0, None, Window.OPEN),
        (10, None, 0, 9, Window.NOT_YET),
        (10, None, 0, 10, Window.UNCERTAIN),
        (10, None, 0, None, Window.UNCERTAIN),
        (10, None, 10, None, Window.OPEN),
        (None, 10, 0, 9, Window.OPEN),
        (None, 10, 0, 10, Window.UNCERTAIN),
        (None, 10, 9, None, Window.UNCERTAIN),
        (None, 10, 10, None, Window.CLOSED),
        (10, 20, 10, 19, Window.OPEN),
        (10, 20, 9, 19, Window.UNCERTAIN),
        (10, 20, 10, 20, Window.UNCERTAIN),
        (10, 20, 20, 20, Window.CLOSED),
        (10, 20, 0, 9, Window.NOT_YET),
        (10, 20, 0, 25, Window.UNCERTAIN),
    ],
)
def test_window(
    organizer: Organizer, begin: int | None, end: int | None, lo: int, hi: int | None, wanted: Window
) -> None:
    """The window at its edges: from is inside, until is not, and what is not certain is asked about."""
    assert window(drop(organizer, begin, end), stamp(lo, hi)) is wanted


SECONDS = st.integers(0, 9)


@given(st.one_of(st.none(), SECONDS), st.one_of(st.none(), SECONDS), SECONDS, st.one_of(st.none(), SECONDS))
def test_window_by_its_meaning(
    organizer: Organizer, begin: int | None, end: int | None, lo: int, width: int | None
) -> None:
    """The window is open, over or not yet begun exactly where it is so at every moment that it may be now."""
    if begin is not None and end is not None and begin >= end:
        return
    hi = None if width is None else lo + width
    moments = range(lo, FOREVER if hi is None else hi + 1)
    states = {_state_at(moment, begin, end) for moment in moments}
    wanted = states.pop() if len(states) == 1 else Window.UNCERTAIN
    assert window(drop(organizer, begin, end), stamp(lo, hi)) is wanted


def _state_at(moment: int, begin: int | None, end: int | None) -> Window:
    if end is not None and moment >= end:
        return Window.CLOSED
    return Window.NOT_YET if begin is not None and moment < begin else Window.OPEN


def test_window_sentences(organizer: Organizer) -> None:
    """Each refusal by the window has its code and says when; a confirmation helps only where it is uncertain."""
    held = drop(organizer, 10, 20)
    for at, code, said in (
        (stamp(0, 5), "window-not-open", "begins on 2026-11-30 00:53 UTC"),
        (stamp(20, 20), "window-closed", "ended on 2026-11-30 00:53 UTC"),
        (stamp(5, 15), "not-ready", "Confirm on the console"),
    ):
        with pytest.raises(SaleError, match=said) as refusal:
            check_window(held, at, confirmed=False)
        assert refusal.value.code == code
    check_window(held, stamp(5, 15), confirmed=True)
    with pytest.raises(SaleError):
        check_window(held, stamp(20, 20), confirmed=True)


def test_papers(organizer: Organizer) -> None:
    """A manifest is good until it has certainly expired."""
    held = manifest.parse(organizer.drop(expires=format_time(NOW + 10)).manifest_payload())
    check_papers(held, stamp(9, None))
    with pytest.raises(SaleError) as refusal:
        check_papers(held, stamp(10, None))
    assert refusal.value.code == "papers-expired"


def test_price(organizer: Organizer) -> None:
    """Where none is named the first price option counts; an unknown one is refused."""
    held = drop(organizer)
    assert price_of(held, Order("x")) == price_of(held, Order("x", price="download")) == PRICE
    with pytest.raises(SaleError) as refusal:
        price_of(held, Order("x", price="print"))
    assert refusal.value.code == "unknown-price"


@pytest.mark.parametrize(
    ("stock", "sold", "quantity", "is_left"),
    [(None, 999, 50, True), (5, 3, 2, True), (5, 3, 3, False), (0, 0, 1, False)],
)
def test_stock(organizer: Organizer, stock: int | None, sold: int, quantity: int, is_left: bool) -> None:
    """An option's own stock is not exceeded."""
    price = Price("print", "Print", 1, "the print", stock)
    if is_left:
        check_stock(drop(organizer), price, sold, quantity)
        return
    with pytest.raises(SaleError) as refusal:
        check_stock(drop(organizer), price, sold, quantity)
    assert refusal.value.code == "sold-out"


def test_good_order() -> None:
    """An order that makes sense is let through."""
    check_order(
        Order("x", quantity=50, method=Method.CARD, discount=1, discount_reason="x" * 200, tip=9, payment_ref="A-1")
    )
