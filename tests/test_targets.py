"""A config may build classes of known packages, by their own names, and nothing else."""

import pytest

from ivg.errors import ConfigError
from ivg.targets import build, locate

SOURCE = {"_target_": "ivg.sources.local.LocalSource", "path": "a"}


@pytest.mark.parametrize(
    "target",
    [
        "os.mkdir",
        "json.tool.Path",
        "json.decoder.scanner",
        "json.decoder.re.os.mkdir",
        "json.loads",
        "jsonx.Evil",
        "builtins.eval",
        "functools.partial",
        "ivg.targets.os.mkdir",
        "ivg.targets.build",
        "ivg",
        "",
    ],
)
def test_locate_takes_classes_of_known_packages_only(monkeypatch, target):
    """A package that the user knows opens neither what it imports nor what begins like it."""
    monkeypatch.setenv("IVG_PACKAGES", "json, ")
    assert locate("json.decoder.JSONDecoder").__name__ == "JSONDecoder"
    with pytest.raises(ConfigError, match="_target_"):
        locate(target)


@pytest.mark.parametrize("name", ["_partial_", "_args_"])
def test_build_refuses_other_ways_to_build(name):
    with pytest.raises(ConfigError, match=name):
        build({**SOURCE, name: [1]})


@pytest.mark.parametrize("text", ["${x}", "${oc.env:HOME}", r"\${x}", "a${", "${oc.decode:x}"])
def test_build_resolves_nothing_once_more(text):
    with pytest.raises(ConfigError, match="can't be part of a value"):
        build({**SOURCE, "extensions": [text]})
    assert build({**SOURCE, "extensions": ["$x", "{y}"]}).extensions == ["$x", "{y}"]
