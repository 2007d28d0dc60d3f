"""Hardware that a box can have; null, simulated and real devices are siblings."""
