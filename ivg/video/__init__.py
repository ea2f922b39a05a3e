"""The only code that opens a video."""
