"""Config group `judge`."""
