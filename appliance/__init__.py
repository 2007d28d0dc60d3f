"""stallbox, the box: sells numbered digital drops at a stall without internet."""
