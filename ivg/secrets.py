"""Takes secrets out of texts that are written down, shown or sent.

A secret is the user of an address, its signature, a value that is called a key, token, secret or
password, and the value of an environment variable of such a name.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

GONE = "REDACTED"
SHORTEST = 8
"""Of an environment variable's value: a shorter one would be found in innocent words."""
NAME = (
    r"(?:(?:api|secret|private|account|signing)[_-]?key|access[_-]?key(?:[_-]?id)?"
    r"|secret|token|passw(?:or)?d|credentials?)"
)
ENVIRONMENT = re.compile(
    rf"(^|_)(KEY|{NAME}|COOKIES?|AUTH|PAT)$|._(PASS|PWD)$|^(SSH|PG)PASS$"
    r"|(TOKEN|SECRET|PASSWORD|PASSPHRASE)$",
    re.IGNORECASE,
)
CALLED = re.compile(rf"(^|[_.-])({NAME}|authorization|cookie)$", re.IGNORECASE)
USER = re.compile(r"(?<=//)[^/?#\s'\"]+@")
WITHIN = re.compile(r"(?<=%2f%2f)(?:(?!%2f|%3f|%23)[^/?#\s'\"&])+?(?=%40)", re.IGNORECASE)
"""The user of an address that is a part of another."""
PASSWORD = re.compile(r"//[^/?#\s:]*:([^/?#\s]+)@")
MORE = r"(?:,(?![\w.+~-]+[=:])[^\s'\"&,;}\]]+)*"
"""Of a list, as a sweep over keys has it; after it may come the next name and value."""
GIVEN = re.compile(
    rf"({NAME}['\"]?\s*[=:]\s*)(?:(['\"])(?:(?!\2).)+\2|(['\"]?)[^\s'\"&,;}}\]]+{MORE})",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"([?&][\w-]*(?:sig|signature|key|auth|jwt|session|policy|ticket|hmac)=)[^&#\s'\"]+",
    re.IGNORECASE,
)
HEADER = re.compile(
    r"(\b(?:authorization|(?:set-)?cookie)['\"]?:\s*['\"]?)[^'\"\r\n]+", re.IGNORECASE
)


def redacted(text: str) -> str:
    """The text without secrets."""
    if "//" in text:
        text = SIGNED.sub(rf"\g<1>{GONE}", USER.sub(f"{GONE}@", text))
    text = WITHIN.sub(GONE, text)
    for secret in known():
        text = text.replace(secret, GONE)
    return HEADER.sub(rf"\g<1>{GONE}", GIVEN.sub(_gone, text))


def _gone(match: re.Match[str]) -> str:
    """The name, and between the same quotes nothing of the value."""
    whole, opened = match[2] or "", match[3] or ""
    return f"{match[1]}{whole or opened}{GONE}{whole}"


def known() -> tuple[str, ...]:
    """The secrets of this process's environment, as they are spelt, the longest first."""
    return _known_in(tuple(os.environ.items()))


@lru_cache(maxsize=1)
def _known_in(environment: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Kept from one line of a log to the next, for the environment seldom changes."""
    found = {value for name, value in environment if ENVIRONMENT.search(name)}
    found |= {password for _, value in environment for password in PASSWORD.findall(value)}
    lines = {line.strip() for value in found for line in value.splitlines()}
    spelt = {form for line in lines if len(line) >= SHORTEST for form in _spellings(line)}
    return tuple(sorted(spelt, key=lambda form: (-len(form), form)))


def _spellings(secret: str) -> tuple[str, ...]:
    """As it is, in an address, and in JSON."""
    return secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]


def redacted_values(value: Any) -> Any:
    """A config without secrets, at any depth."""
    if isinstance(value, Mapping):
        return {name: _item(str(name), item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [redacted_values(item) for item in value]
    return redacted(value) if isinstance(value, str) else value


def _item(name: str, value: Any) -> Any:
    secret = bool(value) and not isinstance(value, bool) and CALLED.search(name)
    return GONE if secret else redacted_values(value)


def redact_files(folder: Path, pattern: str) -> None:
    """Take secrets out of texts that another program has written."""
    for path in folder.glob(pattern):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        if (plain := redacted(text)) != text:
            path.write_text(plain, encoding="utf-8", errors="surrogateescape")


class Redacting:
    """A stream that secrets don't get through; for what Hydra prints of the command line."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without secrets."""
        return self._stream.write(redacted(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class SecretFilter(logging.Filter):
    """Takes secrets out of what is logged, out of tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record if it holds one; every handler then sees it changed."""
        text = record.getMessage()
        if (plain := redacted(text)) != text:
            record.msg, record.args = plain, None
        if record.exc_info:
            trace = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = redacted(trace)
        return True
