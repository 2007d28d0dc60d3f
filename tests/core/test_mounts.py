"""The table of mounts as the kernel writes it, recorded and made up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.mounts import Mount, read, under

RECORDED = r"""25 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
30 25 0:25 / /run rw,nosuid,nodev shared:9 - tmpfs tmpfs rw,size=90976k,mode=755
61 30 8:1 / /run/stallbox-usb/sda1 ro,nosuid,nodev,noexec,noatime shared:40 - vfat /dev/sda1 ro,uid=990,flush
62 30 8:17 / /run/stallbox-usb/sdb1 rw,relatime shared:41 - ext4 /dev/sdb1 ro
63 62 8:33 / /run/stallbox-usb/sdb1/inner rw - ext4 /dev/sdc1 rw
64 30 8:49 / /run/stallbox-usb/sdd1 rw - exfat /dev/sdd1 rw
65 25 0:40 / /mnt/a\040b\134c rw - tmpfs none\011x rw
"""


def test_recorded() -> None:
    """Directly under the folder alone; read-only where the mount or its file system is; space and tab are plain."""
    mounts = read(RECORDED)
    assert len(mounts) == 7
    found = under(mounts, "/run/stallbox-usb")
    assert {name: mount.is_read_only for name, mount in found.items()} == {"sda1": True, "sdb1": True, "sdd1": False}
    assert found["sda1"] == Mount(61, (8, 1), "/run/stallbox-usb/sda1", "/dev/sda1", "vfat", True)
    assert (mounts[-1].place, mounts[-1].source) == ("/mnt/a b\\c", "none\tx")


def test_covered() -> None:
    """Of two mounts at one place the later covers the earlier."""
    text = RECORDED + "70 30 8:1 / /run/stallbox-usb/sda1 rw - vfat /dev/sda1 rw\n"
    assert under(read(text), "/run/stallbox-usb/")["sda1"].number == 70


@given(st.text())
def test_any_text(text: str) -> None:
    """No text stops the reading; a line of another form is left out."""
    assert all(mount.number >= 0 for mount in read(text))
