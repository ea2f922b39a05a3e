"""Ways to pool the frame similarities of a caption, one a file."""
