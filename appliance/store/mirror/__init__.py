"""The mirror stick (FORMATS §7, `MIRROR/`): where its files lie, how it is written, how a spare box reads it."""
