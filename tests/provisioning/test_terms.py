"""What a creator types about prices, editions and times, and what is refused of it."""

from __future__ import annotations

import time

import pytest

from appliance.core.manifest import Price
from appliance.errors import RequestError
from provisioning.terms import parse_edition, parse_moment, parse_prices


def test_one_price_is_the_download() -> None:
    """A bare amount is the price of the download."""
    assert parse_prices(["8.00EUR"]) == ((Price("download", "Download", 800, None, None),), "EUR")


def test_a_named_price_says_what_is_handed_over() -> None:
    """Id, amount, title, what to hand over, stock; from the right each may be left out."""
    prices, _ = parse_prices(["8.00EUR", "print=25.00EUR:With signed print:the print:20", "signed-cd=9.50EUR"])
    assert prices[1] == Price("print", "With signed print", 2500, "the print", 20)
    assert prices[2] == Price("signed-cd", "Signed cd", 950, None, None)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["8.00EUR", "p=9.00USD"], "one currency"),
        (["8.00EUR", "9.00EUR"], "download"),
        (["Print=9.00EUR"], "ID=AMOUNT"),
        (["p=9.00EUR:a:b:many"], "ID=AMOUNT"),
        (["eight"], "8.00EUR"),
        (["8.0EUR"], "2 digits"),
        (["-8.00EUR"], "8.00EUR"),
    ],
)
def test_a_price_that_cannot_be_read_is_refused(texts: list[str], said: str) -> None:
    """The sentence shows how it is written."""
    with pytest.raises(RequestError, match=said):
        parse_prices(texts)


def test_editions() -> None:
    """A number of copies from 1 to 10000, or open."""
    assert [parse_edition(text) for text in ("1", "100", "10000", "open")] == [1, 100, 10000, None]
    for text in ("0", "10001", "-1", "ten", "", "1" * 5000, "١٠"):
        with pytest.raises(RequestError, match="no edition"):
            parse_edition(text)


def test_a_time_without_zone_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a creator reads on her own clock is meant; with Z or an offset it is that zone's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert parse_moment("2026-12-05T10:00") == parse_moment("2026-12-05T09:00Z") == 1796461200
        assert parse_moment("2026-12-05T10:00+01:00") == 1796461200
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["2026-12-05", "tomorrow", "10:00", "2026-13-05T10:00", ""])
def test_a_time_must_say_day_and_hour(text: str) -> None:
    """A day alone might mean its beginning or its end: it is asked for again."""
    with pytest.raises(RequestError, match="no time"):
        parse_moment(text)
