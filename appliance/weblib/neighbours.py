"""Which hardware address stands behind an IP address on our link, as the kernel's neighbour table has it.

Any account may read it (proc_pid_net(5)); it needs neither a capability nor the DHCP server's files. A phone makes
up its address for each Wi-Fi it joins and mostly keeps it there: it tells one phone from another, not who it is.
"""

from __future__ import annotations

from pathlib import Path

_TABLE = Path("/proc/self/net/arp")  # not /proc/net: a unit with ProcSubset=pid has only this one
_UNKNOWN = "00:00:00:00:00:00"


def hardware_address(address: str, table: Path = _TABLE) -> str | None:
    """Such as `3c:2e:f9:01:02:03`; None where the table has none, as for loopback and where there is no table."""
    return neighbours(table).get(address)


def neighbours(table: Path = _TABLE) -> dict[str, str]:
    """Every IP address that the kernel has a hardware address for, with it; of phones that have gone as well."""
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return {}
    found = {fields[0]: fields[3].lower() for fields in map(str.split, lines) if len(fields) >= 4}
    return {address: hardware for address, hardware in found.items() if hardware != _UNKNOWN}
