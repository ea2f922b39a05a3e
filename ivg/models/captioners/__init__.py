"""Captioners, one file a backend."""
