"""`boilerplate` and `refusal`: answers that match a list of patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivg.errors import ConfigError
from ivg.hygiene.rule import Known
from ivg.ranges import texts


class Patterns:
    """Hits captions that match one of some regular expressions; case does not count."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile the patterns.

        Args:
            patterns: Python regular expressions, searched for anywhere; `^` is the start.

        Raises:
            ConfigError: One is no regular expression.
        """
        wanted = texts("hygiene.rules: patterns", patterns)
        listed = [wanted] if isinstance(wanted, str) else wanted
        self._patterns = [_compiled(pattern) for pattern in listed]

    def learn(self, known: Known) -> None:
        """Nothing to learn."""

    def hits(self, caption: str) -> bool:
        """Whether a pattern is found."""
        plain = caption.replace("\u2019", "'")
        return any(pattern.search(plain) for pattern in self._patterns)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"hygiene.rules: patterns: {pattern!r} is no pattern: {error}") from error
