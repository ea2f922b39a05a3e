"""Rules that tell sentences from other answers of a captioner, one a file."""
