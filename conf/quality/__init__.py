"""Config group `quality`."""
