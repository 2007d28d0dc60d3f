"""What a buyer's request leaves for its phone's timeline: the name of the copy. It holds no code, since it is shown."""

from __future__ import annotations

from aiohttp import web

from appliance.stall.claims import Claim
from appliance.stall.stall import Stall

COPY = web.RequestKey("copy", str)
"""Set on a request of a claim: the copy's name."""


async def find_claim(stall: Stall, request: web.Request) -> Claim:
    """The claim in the request's address."""
    claim = await stall.claims.find(request.match_info["code"], request.remote or "")
    request[COPY] = copy_name(claim.manifest.title, claim.number)
    return claim


def copy_name(title: str, number: int | None) -> str:
    """`#4 Harbour Lights`: the number first, since long titles are cut."""
    return title if number is None else f"#{number} {title}"
