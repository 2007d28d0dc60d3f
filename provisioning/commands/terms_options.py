"""The options that say on which terms a drop is sold, shared by `drop pack` and `quickstart`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from appliance.core.manifest import Aftercare
from provisioning import terms
from provisioning.terms import Terms

F = TypeVar("F", bound=Callable[..., Any])


class Given(TypedDict):
    """The options as click hands them over."""

    title: str
    prices: tuple[str, ...]
    edition: str
    summary: str
    url: str | None
    sale_from: str | None
    sale_until: str | None
    cover: str | None
    previews: tuple[str, ...]
    license_: str
    lifetime: int
    budget: int
    aftercare: tuple[str, str] | None


_PRICE = "8.00EUR, or ID=25.00EUR:TITLE:WHAT TO HAND OVER:STOCK; may be repeated."
_OPTIONS = (
    click.option("--title", required=True, help="What the drop is called."),
    click.option("--price", "prices", multiple=True, required=True, metavar="PRICE", help=_PRICE),
    click.option("--edition", required=True, metavar="NUMBER|open", help="How many numbered copies there are."),
    click.option("--summary", default="", help="A sentence or two for the shop."),
    click.option("--url", help="The creator's page (https)."),
    click.option("--from", "sale_from", metavar="TIME", help="When the sale begins, such as 2026-12-05T10:00."),
    click.option("--until", "sale_until", metavar="TIME", help="When the sale ends."),
    click.option("--cover", metavar="PATH", help="The cover's path in the folder; cover.jpg is found by itself."),
    click.option("--preview", "previews", multiple=True, metavar="GLOB", help="Files that everybody may see."),
    click.option("--license", "license_", default=terms.LICENSE, show_default=True, help="What buyers may do."),
    click.option("--lifetime", default=terms.LIFETIME, show_default=True, help="Seconds that a download lives."),
    click.option("--budget", default=terms.BUDGET, show_default=True, help="How often a buyer may fetch all of it."),
    click.option("--aftercare", nargs=2, metavar="URL TEXT", help="A link for buyers after the sale, and its text."),
)


def terms_options(command: F) -> F:
    """The command receives them as keyword arguments: `**given: Unpack[Given]`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_terms(slug: str, given: Given) -> Terms:
    """The terms in the product's own types; RequestError where a price, an edition or a time cannot be read."""
    prices, currency = terms.parse_prices(given["prices"])
    aftercare = given["aftercare"]
    return Terms(
        slug=slug,
        title=terms.composed(given["title"]),
        prices=prices,
        currency=currency,
        size=terms.parse_edition(given["edition"]),
        summary=terms.composed(given["summary"]),
        url=given["url"],
        license=terms.composed(given["license_"]),
        cover=given["cover"] and terms.composed(given["cover"]),
        previews=tuple(map(terms.composed, given["previews"])),
        sale_from=_moment(given["sale_from"]),
        sale_until=_moment(given["sale_until"]),
        lifetime=given["lifetime"],
        budget=given["budget"],
        aftercare=aftercare and Aftercare(aftercare[0], terms.composed(aftercare[1])),
    )


def _moment(text: str | None) -> int | None:
    return None if text is None else terms.parse_moment(text)
