"""What NetworkManager as a whole is told: to leave the firewall alone.

For a shared connection it would translate addresses and let buyers through to whatever uplink there is.
"""

from __future__ import annotations

PATH = "etc/NetworkManager/conf.d/stallbox.conf"


def render() -> str:
    """The configuration file (NetworkManager.conf(5))."""
    return "[main]\nfirewall-backend=none\n"
