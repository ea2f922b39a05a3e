"""Minified libraries of others, byte for byte as published; see README.md."""
