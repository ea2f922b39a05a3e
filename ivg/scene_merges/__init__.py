"""Rules that merge neighbouring scenes into segments, one a file."""
