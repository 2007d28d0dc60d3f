"""`python -m provisioning.helper`: serves the connection that systemd accepted and gives as standard input."""

from __future__ import annotations

import logging
import os
import pwd
import socket
import sys
from pathlib import Path

from provisioning.helper.acts import this_machine
from provisioning.helper.conversation import serve

ACCOUNT = "stallbox"


def main() -> int:
    """Serves one caller: root or the box's account. The exit code: 1 where there is no such account or no caller."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        callers = {0, pwd.getpwnam(ACCOUNT).pw_uid}
        connection = socket.socket(fileno=os.dup(0))
    except (KeyError, OSError) as error:
        print(f"stallbox's helper is started by its socket, on a box that is installed ({error}).", file=sys.stderr)
        return 1
    with connection:
        serve(connection, callers, this_machine(Path(os.environ.get("STALLBOX_DIR", "/var/lib/stallbox"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
