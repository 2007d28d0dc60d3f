"""Long-running tasks of the box, each of which may fail and start again without the others."""
