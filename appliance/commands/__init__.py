"""Verbs of the `stallbox` command that have a file of their own."""
