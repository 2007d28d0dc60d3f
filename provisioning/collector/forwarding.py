"""Hands batches that came on a stick on to a collector elsewhere, and brings its answers back."""

from __future__ import annotations

import io

from aiohttp import ClientError, ClientSession, ClientTimeout

from appliance.core import answer as answers
from appliance.core.answer import MAX_ANSWER
from appliance.core.batch import MEDIA_TYPE, span_of
from appliance.core.documents import Json, read_json
from appliance.errors import PaperError, RequestError, StoreError
from appliance.weblib.bodies import read_at_most

_TIMEOUT = ClientTimeout(total=300, connect=15)
_TAKEN = frozenset({200, 201, 202})


class Elsewhere:
    """The collector at `address`, such as `https://collector.example.org`."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    async def take(self, data: bytes, key: str) -> dict[str, object]:
        """The answer to one batch; RequestError with what the collector said, StoreError where none of ours answers."""
        headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": key}
        url = f"{self._address}/v1/logs/{span_of(data).box}/batches"
        try:
            async with (
                ClientSession(timeout=_TIMEOUT) as session,
                session.post(url, data=io.BytesIO(data), headers=headers, allow_redirects=False) as response,
            ):
                status, body = response.status, await read_at_most(response.content, MAX_ANSWER)
            if status in _TAKEN:
                answers.read(body)  # no box takes anything else
            answer: dict[str, Json] = read_json(body, "The answer", MAX_ANSWER)
        except (ClientError, TimeoutError, ValueError, PaperError) as error:
            raise StoreError("store", f"The collector at {self._address} does not answer as one ({error}).") from error
        if status not in _TAKEN:
            said = answer.get("detail") or status
            raise RequestError("bad-request", f"The collector refused it: {said}", status_hint=status)
        return dict(answer)
