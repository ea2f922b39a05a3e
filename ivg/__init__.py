"""Turn videos into temporal-grounding data."""

__version__ = "0.1.0"
