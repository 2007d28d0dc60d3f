"""Prepares the card of a Raspberry Pi OS Lite so that its first start makes a box of it, without a network."""
