"""What a stall does, each use case told in a few lines: papers come in, copies are sold, claims are served."""
