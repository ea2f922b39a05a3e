"""Every YAML of conf/format, by being there."""

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from exporting import exported, some_rows, write_run
from omegaconf import OmegaConf

from ivg.errors import ConfigError
from ivg.formats.build import build_format, format_config, names
from ivg.formats.given import Readable
from ivg.targets import locate

CONF = Path(__file__).parents[2] / "conf" / "format"
IMPORTABLE = {"internvid_g", "hawkeye", "charades_sta", "activitynet", "qvhighlights"}


def plain(value):
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def test_names_are_the_yaml_files():
    assert names() == sorted(path.stem for path in CONF.glob("*.yaml"))
    assert len(names()) >= 11


@pytest.mark.parametrize("name", names())
def test_format_yaml_shows_every_argument_with_its_default(name):
    config = OmegaConf.to_container(OmegaConf.load(CONF / f"{name}.yaml"))
    parameters = inspect.signature(locate(config.pop("_target_"))).parameters
    defaults = {key: plain(parameter.default) for key, parameter in parameters.items()}
    assert config == defaults


@pytest.mark.parametrize("name", names())
def test_format_builds_and_its_docstring_names_the_source(name):
    made = build_format(format_config(name, []))
    assert isinstance(made, Readable) == (name in IMPORTABLE)
    assert "Source: " in sys.modules[type(made).__module__].__doc__


@pytest.mark.parametrize("name", sorted(set(names()) - {"webdataset"}))
def test_format_writes_every_row_the_same_each_time(tmp_path, name):
    dataset = write_run(tmp_path / "run", some_rows())
    for out in ("one", "two"):
        books = exported(dataset, tmp_path / out, name)
        assert list(books) == ["all"]
        assert (books["all"].rows, books["all"].written) == (15, 15)
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert len(files) >= 2
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize(
    ("name", "setting", "named"),
    [
        ("hawkeye", "format.task=sing", r"format\.task"),
        ("hawkeye", "format.questions=[what]", r"format\.questions must hold \{caption\}"),
        ("hawkeye", "format.questions='{caption} {other}'", r"format\.questions must hold"),
        ("hawkeye", "format.span_sentence='at %.1f'", r"format\.span_sentence must hold two"),
        ("hawkeye", "format.span_sentence='at'", r"format\.span_sentence must hold two"),
        ("hawkeye", "format.options={beginning: x}", r"format\.options must word"),
        ("qvhighlights", "format.window=room", r"format\.window"),
        ("charades_sta", "format.durations=xml", r"format\.durations"),
        ("vtimellm", "format.answers='{start}'", r"format\.answers must hold \{start\} and"),
        ("llava", "format.token=<audio>", r"format\.token"),
        ("timechat", "format.decimals=-1", r"format\.decimals"),
        ("otio", "format.rate=0", r"format\.rate"),
        ("webdataset", "format.crf=99", r"format\.crf"),
        ("webdataset", "format.clip=all", r"format\.clip"),
        ("webdataset", "format.nothing=1", "format.nothing"),
    ],
)
def test_format_names_a_wrong_value(name, setting, named):
    with pytest.raises(ConfigError, match=named):
        build_format(format_config(name, [setting]))
