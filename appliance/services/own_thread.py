"""A worker whose answers come to the event loop, for calls that may block for ever.

`asyncio.to_thread` will not do here: its pool is shared, and the interpreter joins it on exit, so that one hung
panel would keep the box from stopping.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from appliance.worker import Worker

T = TypeVar("T")


class OwnThread:
    """Runs one call after the other in a daemon thread. Used from one event loop."""

    def __init__(self, name: str) -> None:
        self._worker = Worker(name)

    def call(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """The result of `function`, or what it raised, once the thread has come to it."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._worker.call(function).add_done_callback(partial(_bring, future))
        return future

    def stop(self) -> None:
        """Lets the thread end after what it does now, without waiting for it."""
        self._worker.stop()


def _bring(future: asyncio.Future[Any], done: Future[Any]) -> None:
    """In the worker's thread."""
    with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
        future.get_loop().call_soon_threadsafe(_settle, future, done)


def _settle(future: asyncio.Future[Any], done: Future[Any]) -> None:
    if future.done():
        return
    if (error := done.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(done.result())
