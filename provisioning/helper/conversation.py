"""One caller on the helper's socket: who it is by the kernel's word, one order, one answer.

The answer is the line `done`, or `refused` and a sentence.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Collection

from provisioning.helper.acts import Means, carry_out
from provisioning.helper.orders import MAX_LINE, RefusedError, parse

_log = logging.getLogger(__name__)
_PATIENCE_S = 5.0  # for the order, which a caller has at hand
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: unix(7), SO_PEERCRED
_MAX_ANSWER = 500


def serve(connection: socket.socket, callers: Collection[int], means: Means) -> None:
    """Hears one order of a caller whose user id is among `callers`, carries it out, and answers.

    What becomes of it is logged. A caller that has gone is not waited for; what it ordered is done.
    """
    uid = _peer(connection)
    connection.settimeout(_PATIENCE_S)
    try:
        if uid not in callers:
            raise RefusedError("Only the box's own account may order this.")
        line = _read_line(connection)
        order = parse(line)
        carry_out(order, means)
    except RefusedError as refusal:
        _log.warning("refused to uid %d: %s", uid, refusal)
        answer = f"refused {refusal}"
    else:
        _log.info("done for uid %d: %s", uid, order)
        answer = "done"
    try:
        connection.sendall(" ".join(answer.split())[:_MAX_ANSWER].encode() + b"\n")
    except OSError as error:
        _log.warning("uid %d did not wait for its answer (%s)", uid, error)


def _peer(connection: socket.socket) -> int:
    """The user id of whoever connected, which the kernel noted then."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])


def _read_line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        try:
            piece = connection.recv(MAX_LINE + 1 - len(line))
        except OSError as error:
            raise RefusedError("The order did not come.") from error
        line += piece
        if not piece or len(line) > MAX_LINE:
            raise RefusedError(f"An order is one line of at most {MAX_LINE} bytes.")
    return line
