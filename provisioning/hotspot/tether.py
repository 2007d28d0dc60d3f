"""The owner's phone on a USB port, lending its internet: an uplink, the time, and a console off the buyers' network.

Found by its drivers, since the interface is called eth1, usb0 or enx… by whim.
"""

from __future__ import annotations

from provisioning.hotspot import keyfile

# iPhone; Android: RNDIS, CDC Ethernet, CDC NCM. The Ethernet ports of the boards have drivers of their own.
_DRIVERS = ("ipheth", "rndis_host", "cdc_ether", "cdc_ncm")
_AFTER_THE_HOTSPOT = 50  # the access point may hang on a USB adapter with one of these drivers
_METRIC = 50  # before an Ethernet cable that leads nowhere (100)


def render() -> str:
    """The connection file."""
    return keyfile.text(
        keyfile.TETHER,
        {"type": "ethernet", "autoconnect-priority": _AFTER_THE_HOTSPOT},
        {
            "match": {"driver": ";".join((*_DRIVERS, ""))},
            "ipv4": {"method": "auto", "route-metric": _METRIC},
            "ipv6": {"method": "auto", "route-metric": _METRIC},
        },
    )
