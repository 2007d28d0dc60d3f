"""A thread of one's own for calls that may block for ever. The process never waits for it, not even at its end.

`asyncio.to_thread` will not do here: its pool is shared, and the interpreter joins it on exit, so that one hung
panel would keep the box from stopping.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class OwnThread:
    """Runs one call after the other in a daemon thread. Used from one event loop."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """The result of `function`, or what it raised, once the thread has come to it."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((function, future))
        return future

    def stop(self) -> None:
        """Lets the thread end after what it does now, without waiting for it."""
        self._calls.put(None)

    def _work(self) -> None:
        while (job := self._calls.get()) is not None:
            function, future = job
            try:
                settle = partial(_give, future, function())
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, who gets it through the future
                settle = partial(_fail, future, error)
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(settle)


def _give(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
