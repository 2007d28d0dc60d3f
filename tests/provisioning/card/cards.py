"""Boot partitions with the names and first words of Raspberry Pi OS’s own, and wheels without content."""

from __future__ import annotations

from pathlib import Path

from provisioning.card.wheels import Target

CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 fsck.repair=yes rootwait"
FIRST = " quiet init=/usr/lib/raspberrypi-sys-mods/firstboot"
NATIVE = ("aiohttp", "cbor2", "yarl", "pillow", "multidict", "zeroconf")
ABI3 = ("cryptography", "pynacl")
PURE = ("aiosqlite", "qrcode", "rfc8785", "jinja2", "babel", "click", "rich", "idna", "gpiozero", "ifaddr")
NEEDED = len((*NATIVE, *ABI3, *PURE, "watchdog", "stallbox"))


def bookworm(folder: Path) -> Path:
    """A bootfs of the last bookworm images."""
    return _made(folder, {"cmdline.txt": CMDLINE + FIRST + "\n", "issue.txt": "Raspberry Pi reference 2025-11-24\n"})


def trixie(folder: Path) -> Path:
    """A bootfs of a trixie image: cloud-init's files with nothing but comments."""
    return _made(
        folder,
        {
            "cmdline.txt": CMDLINE + " resize\n",
            "meta-data": "# Cloud-init's own words\n\ndsmode: local\ninstance_id: rpios-image\n",
            "user-data": "#cloud-config\n\n# hostname: raspberrypi\n",
            "network-config": "# network:\n#   version: 2\n",
        },
    )


def _made(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in {**files, "config.txt": "arm_64bit=1\n", "kernel8.img": "", "kernel_2712.img": ""}.items():
        (folder / name).write_text(text)
    return folder


def wheels(folder: Path, wanted: Target) -> Path:
    """Names of all wheels that a box with this Python needs, and of some for another machine."""
    folder.mkdir()
    python, platform = f"cp3{wanted.python}", f"manylinux2014_{wanted.machine}.manylinux_2_17_{wanted.machine}"
    names = [f"{name}-1.0-{python}-{python}-{platform}" for name in NATIVE]
    names += [f"{name}-2.0-cp38-abi3-manylinux_2_28_{wanted.machine}" for name in ABI3]
    names += [f"{name}-3.0-py3-none-any" for name in (*PURE, "stallbox")]
    names += [f"watchdog-7.1-py3-none-manylinux2014_{wanted.machine}", "aiohttp-1.0-cp310-cp310-win_amd64"]
    for name in names:
        (folder / f"{name}.whl").write_bytes(b"PK")
    return folder
