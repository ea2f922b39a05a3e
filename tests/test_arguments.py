from dataclasses import dataclass
from pathlib import Path

import pytest

from ivg.arguments import ended_well, read, take
from ivg.errors import ConfigError


@dataclass
class Settings:
    version: str
    n: int = 3
    deep: bool = False
    note: str | None = None


def test_take_reads_folders_and_settings():
    folders, settings = take(
        ["runs/a", "version=1", "n=4"], "ivg release", "It releases.", ["RUN"], Settings
    )
    assert folders == [Path("runs/a")]
    assert settings == Settings("1", 4)


@pytest.mark.parametrize("text", ["2026.10", "1e3", "a=b", "true", "[x", "${oc.env:HOME}", " "])
def test_read_takes_texts_as_they_stand(text):
    assert read([f"version={text}"], Settings).version == text


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["version=1", "m=1"], "m: .*the settings are version, n, deep, note"),
        (["version=1", "n=many"], "n: "),
        ([], "version: "),
        (["version"], "'version' is no setting"),
    ],
)
def test_read_names_what_is_wrong(given, named):
    with pytest.raises(ConfigError, match=named):
        read(given, Settings)


def test_command_that_meets_an_impossible_name_ends_with_a_message(caplog):
    with pytest.raises(SystemExit, match="1"):
        ended_well(lambda: Path("a" * 300).read_text() == "")
    assert "File name too long" in caplog.text
