"""Whether the source videos of a dataset are still there and unchanged."""
