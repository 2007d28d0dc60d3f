"""The cloud side: takes batches of boxes, acknowledges them, and says what was sold, once."""
