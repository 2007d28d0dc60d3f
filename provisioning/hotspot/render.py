"""Settings in, files out: everything that the box's network needs, by path below the root. Pure."""

from __future__ import annotations

from appliance.settings import Settings
from provisioning.hotspot import access_point, country, firewall, keyfile, manager, names, tether

OURS = (
    keyfile.path(keyfile.HOTSPOT),
    keyfile.path(keyfile.TETHER),
    manager.PATH,
    names.PATH,
    firewall.PATH,
    country.PATH,
)
"""Every path that `render` may name: one that it leaves out is to be removed."""


def render(settings: Settings, *, certified: bool, watched: bool = False) -> dict[str, str]:
    """Path below the root → text; empty where the settings have no [hotspot].

    `certified`: whether the box holds a valid certificate for its own name; only then are phones told of the portal's
    API, since they ask for it by HTTPS alone. `watched`: whether the box's pipe for dnsmasq's log is held here.
    """
    hotspot = settings.hotspot
    if hotspot is None:
        return {}
    web, name = settings.web, settings.portal.name
    api = f"https://{name}:{web.console_port}/captive-portal/api" if certified and name else None
    files = {
        keyfile.path(keyfile.HOTSPOT): access_point.render(hotspot),
        manager.PATH: manager.render(),
        names.PATH: names.render(name, api, watched=watched),
        firewall.PATH: firewall.render(hotspot.interface, (web.port, web.console_port)),
    }
    if hotspot.tether:
        files[keyfile.path(keyfile.TETHER)] = tether.render()
    if hotspot.radio:
        files[country.PATH] = country.render(hotspot.radio.country)
    return files


def mode(path: str) -> int:
    """NetworkManager reads connections only where nobody else can."""
    return 0o600 if path.startswith(keyfile.FOLDER) else 0o644
