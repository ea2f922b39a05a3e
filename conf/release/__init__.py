"""Pins of releases."""
