"""Benchmarks of moment retrieval: their published annotation files, and a synthetic one."""
