"""Releases: a folder with everything that is needed to check, rebuild and train on a dataset."""
