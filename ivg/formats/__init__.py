"""Datasets in the formats of other tools and papers, and back: one file a format."""
