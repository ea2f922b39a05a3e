"""The stages of the line, one file each."""
