"""The rules and formats of stallbox. Values in, values out: no I/O, no clock, no randomness, no logging, no asyncio."""
