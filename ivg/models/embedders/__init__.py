"""Image embedders, one file a backend."""
