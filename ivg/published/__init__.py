"""The published InternVid-G files: their rows, writing and reading."""
