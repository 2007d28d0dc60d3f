"""The rules and formats of stallbox. Values in, values out: no I/O, clock, randomness, logging or asyncio."""
