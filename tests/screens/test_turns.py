"""Whose turn it is on the screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.core.status import Fault, Status
from appliance.screens.pages import Page, waiting
from appliance.screens.turns import next_change_ms, turn
from tests.screens.samples import CLAIMS, DROP, FAULT, NOTE, OPEN, SEVERAL, SOLD_OUT, STATUS


@pytest.mark.parametrize(
    ("status", "due"),
    [
        (STATUS, Page.SHOP),
        (SEVERAL, Page.SHOP),
        (replace(STATUS, drops=()), Page.EMPTY),
        (replace(STATUS, drops=(SOLD_OUT,)), Page.SOLD_OUT),
        (replace(STATUS, drops=(SOLD_OUT, OPEN)), Page.SHOP),
        (replace(STATUS, drops=(SOLD_OUT, DROP)), Page.SHOP),
        (replace(STATUS, faults=(NOTE,)), Page.SHOP),
        (replace(STATUS, faults=(NOTE, FAULT)), Page.FAULT),
        (replace(STATUS, faults=(FAULT,), drops=(SOLD_OUT,)), Page.FAULT),
        (replace(STATUS, waiting=CLAIMS), Page.CLAIMS),
        (replace(STATUS, waiting=CLAIMS[:1], faults=(FAULT,), drops=(SOLD_OUT,)), Page.CLAIMS),
    ],
)
def test_the_first_rule_that_holds_decides(status: Status, due: Page) -> None:
    """Who waits for a download comes first, then what stops the sale, then what is on sale."""
    assert turn(status).page is due


@pytest.mark.parametrize("code", ["papers-expired", "device", "doc-signature"])
def test_a_fault_that_stops_nothing_leaves_the_shop_open(code: str) -> None:
    """Only a fault with which nothing can be sold takes the page."""
    assert turn(replace(STATUS, faults=(Fault(code, "A sentence."),))).page is Page.SHOP


def test_a_claim_leaves_when_its_time_is_over() -> None:
    """A claim is shown until its moment and not at it."""
    claim = CLAIMS[0]
    shown = replace(STATUS, waiting=(claim,), boottime_ms=claim.until_ms - 1)
    over = replace(shown, boottime_ms=claim.until_ms)
    assert (turn(shown).page, turn(over).page) == (Page.CLAIMS, Page.SHOP)
    assert (next_change_ms(shown), next_change_ms(over)) == (claim.until_ms, None)


def test_the_last_three_are_shown() -> None:
    """Of many who wait the three newest are shown, the newest first."""
    many = tuple(replace(CLAIMS[0], number=number, until_ms=2_000_000 + number) for number in range(9, 0, -1))
    status = replace(STATUS, waiting=many)
    assert [claim.number for claim in waiting(status)] == [9, 8, 7]
    assert next_change_ms(status) == 2_000_007
