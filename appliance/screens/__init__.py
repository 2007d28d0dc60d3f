"""What the box shows: pure pictures of its status, for panels and monitors of any size."""
