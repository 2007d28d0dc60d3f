#!/bin/sh
# Makes a box of a fresh Raspberry Pi OS Lite, out of the folder that this lies in, without a network and once.
# systemd runs it on bookworm, cloud-init on trixie, both before anything else starts; a new start follows.
# A power cut leaves the rest to the next start, which does it all again: what calls it goes last.
# first-boot.sh [ROOT]: ROOT is a folder in place of /, for tests.
set -eu

say() { printf '%s\n' "$*"; }
stop() { say "$*"; exit 1; }

# Bookworm starts this before it enlarges its file system: its partition is whole by then.
grow() {
  device=$(findmnt -n -o SOURCE "$root/") || device=
  [ ! -b "$device" ] || resize2fs "$device" || say "The file system was not enlarged."
}

install_box() {
  WHEELS="$here/wheels" START=no sh "$here/install/systemd/setup" install
}

# The boot partition knows no owners and modes, so the key goes by way of memory.
found_box() {
  [ -d "$here/box" ] || return 0
  if [ -e "$data/stallbox.toml" ]; then
    cmp -s "$here/box/box.key" "$data/keys/box.key" || stop "This is another box already: write Raspberry Pi OS anew."
    return 0
  fi
  private=$(mktemp -d "$root/run/stallbox-box.XXXXXX")
  cp "$here"/box/* "$private"
  chmod 600 "$private"/*
  chown -R stallbox:stallbox "$private"
  setpriv --reuid stallbox --regid stallbox --init-groups "$root/opt/stallbox/bin/stallbox" \
    init "$private" --dir "$data"
  rm -rf "$private"
}

# The box takes its bundles in when it starts, and says on its display what is wrong with one.
bring_bundles() {
  for bundle in "$here"/bundles/*.drop; do
    [ -d "$bundle" ] || continue
    name=${bundle##*/}
    mkdir -p "$data/inbox"
    rm -rf "$data/inbox/.$name" "$data/inbox/$name"
    cp -r "$bundle" "$data/inbox/.$name"
    mv "$data/inbox/.$name" "$data/inbox/$name"
  done
  [ ! -d "$data/inbox" ] || chown -R stallbox:stallbox "$data/inbox"
}

# Nobody logs in on a box, so nobody is asked for a name; unless the card says who.
ask_nothing() {
  [ ! -e "$boot/userconf.txt" ] && [ ! -e "$boot/userconf" ] || return 0
  systemctl --quiet disable userconfig.service 2>/dev/null || :
}

# Its work is done; where the card has wishes of somebody else's, they follow with the next start.
end_cloud_init() {
  [ -d "$root/etc/cloud" ] || return 0
  if ! grep -qs '^[^#[:space:]]' "$boot/user-data" "$boot/network-config"; then
    touch "$root/etc/cloud/cloud-init.disabled"
  fi
}

work() {
  grow
  install_box
  found_box
  bring_bundles
  ask_nothing
  end_cloud_init
  sync
  # First the key, then what calls this, then the rest.
  rm -rf "$here/box" "$here/bundles"
  sync
}

unhook() {
  rm -f "$boot/vendor-data"
  sed -i 's/ systemd\.run[^ ]*//g; s/ systemd\.unit=kernel-command-line\.target//' "$boot/cmdline.txt"
  sync
}

main() {
  here=$(cd "$(dirname "$0")" && pwd)
  boot=${here%/*}
  data=$root/var/lib/stallbox
  log=$boot/stallbox-first-start.txt
  if [ "$step" = work ]; then
    work
    return
  fi
  by_cloud_init=
  [ ! -e "$boot/vendor-data" ] || by_cloud_init=yes
  # Another shell: in a condition this one would not stop at the first fault.
  if sh "$0" "$root" work >"$log" 2>&1; then
    say "This card is a box now." >>"$log"
    unhook
    rm -rf "$here"
  else
    say "This card did NOT become a box: the lines above say why. Prepare it again to try again." >>"$log"
    unhook
  fi
  sync
  [ -z "$by_cloud_init" ] || systemctl --no-block reboot
}

root=${1:-}
step=${2:-}
main; exit # on one line, which is read before its file goes away
