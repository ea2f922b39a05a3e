"""Text from outside, made fit for terminals, logs and tables."""

from __future__ import annotations

LONGEST = 300


def shown(text: str) -> str:
    """The text with control characters and undecodable bytes spelt out, cut when very long.

    Captions and file names are data: they must not move a cursor or forge a line of a log.
    """
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: LONGEST + 1])
    return plain if len(text) <= LONGEST else f"{plain[:LONGEST]}..."
