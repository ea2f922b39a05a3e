"""Detectors of cuts: what is measured of every frame, and the rule that makes cuts of it."""
