"""What a service manager hands over, as text and as sockets."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import StoreError
from appliance.weblib.listeners import Handed, handed_over, pipe, take

US = 4711


def environment(**values: str) -> dict[str, str]:
    return {"LISTEN_PID": str(US), **values}


def test_two_sockets() -> None:
    """Descriptors count from 3, each with its unit's name."""
    given_over = handed_over(environment(LISTEN_FDS="2", LISTEN_FDNAMES="stallbox:stallbox"), US)
    assert given_over == (Handed(3, "stallbox"), Handed(4, "stallbox"))


def test_names_may_lack() -> None:
    """Service managers that give no names are understood."""
    assert handed_over(environment(LISTEN_FDS="1"), US) == (Handed(3, ""),)


@pytest.mark.parametrize("values", [{}, {"LISTEN_FDS": "2"}, {"LISTEN_FDS": "2", "LISTEN_PID": "4712"}])
def test_handed_to_nobody_or_another(values: dict[str, str]) -> None:
    """Without the variables, and where they are meant for a parent of this process, there are no sockets."""
    assert handed_over(values, US) == ()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"LISTEN_FDS": ""},
        {"LISTEN_FDS": "two"},
        {"LISTEN_FDS": "-1"},
        {"LISTEN_FDS": "²"},
        {"LISTEN_FDS": "99999"},
        {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "stallbox"},
    ],
)
def test_contradictions(values: dict[str, str]) -> None:
    """A count that is none, or names that are not as many, are refused: a box deaf on one port would be worse."""
    with pytest.raises(StoreError):
        handed_over(environment(**values), US)


def test_a_pipe_is_found_by_its_name() -> None:
    """A pipe has no port: its unit's name tells it, and no program that the box starts inherits it."""
    read, write = os.pipe()
    os.set_inheritable(read, True)
    given_over = (Handed(9, "stallbox"), Handed(read, "stallbox-phones"))
    assert pipe(given_over, "stallbox-phones") == read
    assert not os.get_inheritable(read)
    assert pipe(given_over[:1], "stallbox-phones") is None
    os.close(read)
    os.close(write)


@given(st.text(), st.text())
def test_any_text(count: str, names: str) -> None:
    """Whatever stands there is understood or refused, with as many sockets as it says."""
    try:
        found = handed_over(environment(LISTEN_FDS=count, LISTEN_FDNAMES=names), US)
    except StoreError:
        return
    assert len(found) == int(count)


def test_taken_by_port() -> None:
    """A listening socket is found under its port, and no child inherits it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        given_over = server.dup()
        given_over.set_inheritable(True)
        taken = take([Handed(given_over.detach(), "stallbox")])
        with taken[port] as listener:
            assert not listener.get_inheritable()
            assert not listener.getblocking()


def test_what_does_not_listen() -> None:
    """A descriptor that is no listening TCP socket is refused with its name."""
    for kind, family in ((socket.SOCK_DGRAM, socket.AF_INET), (socket.SOCK_STREAM, socket.AF_UNIX)):
        odd = socket.socket(family, kind)
        with pytest.raises(StoreError, match="odd"):
            take([Handed(odd.detach(), "odd")])
    idle = socket.socket()
    idle.bind(("127.0.0.1", 0))
    with pytest.raises(StoreError, match="idle"):
        take([Handed(idle.detach(), "idle")])
