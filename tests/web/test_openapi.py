"""The OpenAPI document beside the box that it describes: the same routes, answers of the shapes that it promises."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import jsonschema_rs
import pytest

from appliance.board import Board
from appliance.web.api import BASE, Api
from appliance.web.clock import PhoneTime
from appliance.web.guard import AtTheBox
from appliance.web.open_api import OpenApi
from appliance.weblib.idempotency import InFlight
from tests.organizer import NOW
from tests.web.clients import PROGRAM
from tests.web.paying import expired_token, token
from tests.web.served import Box

DOCUMENT: dict[str, Any] = json.loads((resources.files("appliance.web") / "openapi.json").read_text())
OPERATIONS = [
    pytest.param(method, path, operation, id=f"{method} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def check(value: object, name: str) -> None:
    """`value` is of the shape that the document calls `name`."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    jsonschema_rs.validator_for(schema).validate(value)


async def ask(box: Box, path: str) -> Any:
    async with box.client.get(f"{box.shop}{BASE}{path}", headers=PROGRAM) as answer:
        return await answer.json()


async def send(box: Box, path: str, body: object) -> Any:
    async with box.client.post(f"{box.shop}{BASE}{path}", json=body, headers=PROGRAM) as answer:
        return await answer.json()


async def test_same_routes(box: Box) -> None:
    """Document and router know the same requests."""
    guard, in_flight = AtTheBox(), InFlight()
    api = Api(box.stall, Board(), guard, in_flight)
    faces = (api, OpenApi(box.stall, guard, in_flight), PhoneTime(box.stall, guard))
    routes = [route for face in faces for route in face.routes() if route.path.startswith(BASE)]
    routed = {(route.method.lower(), route.path.removeprefix(BASE)) for route in routes}
    assert {(method, path) for path, item in DOCUMENT["paths"].items() for method in item} == routed


async def test_served(box: Box) -> None:
    """The box hands the document out as it is kept."""
    assert await ask(box, "/openapi.json") == DOCUMENT


def test_references_lead_somewhere() -> None:
    """Every reference of the document is one to a part of it."""
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))
    assert len(references) > 20
    for reference in references:
        found: Any = DOCUMENT
        for name in reference.split("/"):
            found = found[name]
        assert found


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_operation_is_told(method: str, path: str, operation: dict[str, Any]) -> None:
    """Each has a name, a sentence, an answer, and refusals as problem documents; its parameters are in its path."""
    assert operation["operationId"]
    assert operation["summary"].endswith(".")
    assert {"200", "4XX"} <= set(operation["responses"])
    named = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter.get("in") == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", path))
    assert ("requestBody" in operation) == (method == "post")


async def test_answers(box: Box) -> None:
    """Every answer of 200 has the shape that the document gives it."""
    check(await ask(box, "/offers/harbour-lights?price=print&amount=3000"), "Offer")
    for drop in (await ask(box, "/drops"))["drops"]:
        check(drop, "Drop")
    check(await send(box, "/sales", {"drop": "harbour-lights", "quantity": 2}), "Sold")
    redeemed = await send(box, "/redeem", {"token": token(box)})
    check(redeemed, "Redeemed")
    check(await ask(box, f"/claims/{redeemed['sales'][0]['claim']}"), "Claim")
    check(await ask(box, "/status"), "Status")
    check((await send(box, "/clock", {"time": NOW + 60}))["clock"], "Clock")


async def test_an_open_edition(box: Box) -> None:
    """The shapes hold where there are no numbers."""
    await box.bring(box.organizer.drop("field-tapes", None))
    check((await ask(box, "/drops"))["drops"][0], "Drop")
    sold = await send(box, "/sales", {"drop": "field-tapes"})
    check(sold, "Sold")
    check(await ask(box, f"/claims/{sold['sales'][0]['claim']}"), "Claim")
    check(await ask(box, "/status"), "Status")


async def test_refusals(box: Box) -> None:
    """Refusals are problems of the shape that the document gives them."""
    old = expired_token(box)
    for found in (
        await ask(box, "/offers/nope"),
        await ask(box, "/claims/x"),
        await send(box, "/redeem", {"token": old}),
        await send(box, "/sales", {"drop": "harbour-lights", "quantity": 0}),
    ):
        check(found, "Problem")
