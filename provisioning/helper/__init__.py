"""The few acts on a box that need root, in a process of its own: standard library only, so that little runs as root."""
