"""Image-text scorers, one file a backend."""
