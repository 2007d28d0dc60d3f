"""What is said of a stick that could not be written."""

from __future__ import annotations

import errno

import pytest

from appliance.services.stick_notices import not_written


@pytest.mark.parametrize("code", [errno.EIO, errno.ENODEV, errno.EROFS])
def test_pulled_while_written(code: int) -> None:
    """A stick that the kernel has shut, or that answers no more, was pulled out: it is to be put in again."""
    assert "Put it in again" in not_written(OSError(code, "no more")).detail
