"""Does a folder that will be published tell of the machine, its user or a secret?"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from ivg.errors import DatasetError
from ivg.release.layout import CONFIG, MANIFEST, PINS, QUALITY, SUMMARY, files_in

SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
SHORTEST_SECRET = 8
"""Below it a value such as `false` (of TOKENIZERS_PARALLELISM) is a word and no secret."""
SHORTEST_NAME = 4
TOKENS = (
    rb"hf_(?<!\whf_)[A-Za-z0-9]{30,}",
    rb"sk-(?<!\wsk-)[A-Za-z0-9_-]{20,}",
    rb"gh[pousr]_(?<!\wgh\w_)[A-Za-z0-9]{30,}",
    rb"github_pat_[A-Za-z0-9_]{30,}",
    rb"AKIA(?<!\wAKIA)[0-9A-Z]{16}\b",
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    rb"https?://[^\s/@:\"']+:[^\s/@\"']+@",
    rb"https?://[^\s\"'?]+\?[^\s\"']*(?i:token|signature|\bsig|secret|password|api_?key)="
    rb"(?!REDACTED)",
)
"""Shapes of access tokens (Hugging Face, OpenAI, GitHub, AWS), keys and addresses with them.

They begin with plain letters and look behind afterwards: so `re` is ten times as fast.
"""
ABSOLUTE = re.compile(r"(/|~[\w.-]*/|[A-Za-z]:[\\/]|file:)")
BINARY = (".png", ".parquet")
WORDS = re.compile(r"\w+")
CHOSEN = frozenset(
    {"release", "videos", "sha256", "examples", "name", "version", "_target_", "class"}
)
"""Keys whose values the user chose to publish, or that are ivg's own words."""


@dataclass(frozen=True)
class Secrets:
    """What must not be published.

    Attributes:
        lines: Pattern of bytes to what it is; looked for in every line of every text.
        names: Name of this host or user to what it is; looked for as a word in values that come
            from the machine. Captions and video names may hold such a word by chance.
    """

    lines: Mapping[re.Pattern[bytes], str]
    names: Mapping[str, str]


def refuse_leaks(folder: Path, secrets: Secrets) -> None:
    """Look through every text of a release.

    Raises:
        DatasetError: Something was found; the message names file, line and kind, not the secret.
    """
    found = [
        leak
        for name in files_in(folder)
        if not name.endswith(BINARY)
        for leak in (*in_lines(folder, name, secrets), *in_values(folder, name, secrets))
    ]
    if found:
        more = f"\n  and {len(found) - 20} more" if len(found) > 20 else ""
        told = "\n  ".join(found[:20])
        raise DatasetError(f"the release would tell what it must not:\n  {told}{more}")


def in_lines(folder: Path, name: str, secrets: Secrets) -> Iterator[str]:
    """Leaks of one text file: each kind with its first line, and how often it is there."""
    if not (folder / name).stat().st_size:
        return
    with (folder / name).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        for pattern, kind in secrets.lines.items():
            places = [hit.start() for hit in pattern.finditer(text)]
            if places:
                line = text[: places[0]].count(b"\n") + 1
                more = f", and {len(places) - 1} times more" if len(places) > 1 else ""
                yield f"{name}:{line} holds {kind}{more}"


def in_values(folder: Path, name: str, secrets: Secrets) -> Iterator[str]:
    """Leaks of values that come from the machine: paths of any kind, host and user as words."""
    if name not in (CONFIG, PINS, MANIFEST, QUALITY, SUMMARY):
        return
    for where, value in leaves(loaded(folder / name)):
        if ABSOLUTE.match(value):
            yield f"{name}: {where} is an absolute path"
        for word, kind in secrets.names.items():
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", value):
                yield f"{name}: {where} holds {kind}"


def loaded(path: Path) -> Any:
    """A JSON or YAML file as plain values."""
    import yaml

    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with its place; without what the user chose to publish."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in CHOSEN:
                yield from leaves(item, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{where}[{place}]")
    elif isinstance(value, str):
        yield where, value


def secrets_here(run_dir: Path, paths: Iterable[str]) -> Secrets:
    """What this machine, this user and this environment must not be known by.

    Args:
        run_dir: The run folder.
        paths: Of the videos.
    """
    places = {
        **dict.fromkeys(topmost(paths), "a folder of the videos"),
        str(run_dir.absolute()): "the run folder",
        str(Path.cwd()): "the folder that this was started in",
        str(Path.home().resolve()): "the home folder",
        str(Path.home()): "the home folder",
    }
    lines = {re.compile(token): "an access token" for token in TOKENS}
    for path, kind in places.items():
        lines |= dict.fromkeys(whole_path(path) if len(path) > 1 else (), kind)
    for name, value in os.environ.items():
        if SECRET_NAME.search(name):
            lines |= dict.fromkeys(spellings(value), f"the value of the variable {name}")
    return Secrets(lines, names_here())


def topmost(paths: Iterable[str]) -> set[str]:
    """The folders of files, without those that lie in another one of them."""
    folders = sorted({Path(path).parent for path in paths})
    kept: list[Path] = []
    for folder in folders:
        if not kept or not folder.is_relative_to(kept[-1]):
            kept.append(folder)
    return {str(folder) for folder in kept}


def whole_path(path: str) -> Iterator[re.Pattern[bytes]]:
    """The path, not as a part of a longer name, as text and as JSON spells it."""
    for spelt in map(re.escape, spelt_ways(path)):
        yield re.compile(spelt + rb"(?<![\w.-]" + spelt + rb")(?![\w-])")


def spellings(secret: str) -> Iterator[re.Pattern[bytes]]:
    """Each line of a secret that is long enough to be one."""
    for line in secret.splitlines():
        if len(line.strip()) >= SHORTEST_SECRET:
            yield from (re.compile(re.escape(spelt)) for spelt in spelt_ways(line.strip()))


def spelt_ways(text: str) -> set[bytes]:
    """The text itself and as it stands in JSON, with and without escapes of other scripts."""
    ways = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    return {way.encode("utf-8", "surrogateescape") for way in ways}


def names_here() -> dict[str, str]:
    """Host and user name, unless ivg itself uses the word: nobody is known by `small`."""
    host = socket.gethostname()
    found = {host: "the host name", host.partition(".")[0]: "the host name"}
    with suppress(OSError, KeyError):  # a user id without a name, as in some containers
        found[getpass.getuser()] = "the user name"
    return {
        name: kind
        for name, kind in found.items()
        if len(name) >= SHORTEST_NAME and name not in own_words()
    }


@cache
def own_words() -> frozenset[str]:
    """The words of ivg's own configs."""
    texts = (file.read_text(encoding="utf-8") for file in yamls(files("ivg.conf")))
    return frozenset(word for text in texts for word in WORDS.findall(text))


def yamls(folder: Traversable) -> Iterator[Traversable]:
    """All YAML files below a folder of the package."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from yamls(entry)
        elif entry.name.endswith(".yaml"):
            yield entry
