"""Every YAML in conf/ composes, and every target in it resolves and builds."""

import inspect
from collections.abc import Mapping
from copy import copy, deepcopy
from functools import cache
from pathlib import Path

import pytest
from composing import composed
from omegaconf import OmegaConf

from ivg.errors import ConfigError
from ivg.plan import make_plan, resolved
from ivg.targets import build, locate, targets

CONF = Path(__file__).parents[1] / "conf"
CHOICES = sorted(
    (path.parent.name, path.stem)
    for path in CONF.glob("*/*.yaml")
    if path.parent.name not in ("hydra", "format")  # of `ivg export`, see tests/formats
)
PARTS = [choice for choice in CHOICES if choice[0] not in ("experiment", "release")]


NEEDS = {("quality", "probe"): ("judge=small", "benchmark=held_out")}


@cache
def chosen(group, name, *more):
    """The config with this choice, as composed and as plain values; a third of a second each."""
    config = filled(composed(f"{group}={name}", *more))
    return config, resolved(config)


def group_of(group, name):
    """The group's own part of the config, as composed."""
    return chosen(group, name)[0][group]


def is_plain(group, name):
    """Whether a YAML holds its class's defaults: it is called like the class's file."""
    own = OmegaConf.load(CONF / group / f"{name}.yaml")
    file = (own.get("_target_") or group_of(group, name)._target_).split(".")[-2]
    return group != "judge" and (name == file or (group, name) == ("negatives", "default"))


def filled(config):
    """The config with a value for each key that a user must give."""
    for path in OmegaConf.missing_keys(config):
        OmegaConf.update(config, path, "given")
    return config


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_choice_composes_and_its_targets_resolve(group, name):
    _, config = chosen(group, name)
    assert list(targets(config))
    for target in targets(config):
        assert callable(locate(target))


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_choice_builds_without_touching_anything(tmp_path, group, name):
    config = deepcopy(chosen(group, name, *NEEDS.get((group, name), ()))[1])
    config["store"]["dir"] = f"{tmp_path}/store"
    plan = make_plan(config, tmp_path / "run")
    judged = config.get("judge") is not None
    idle = {"score_scenes"} | (set() if judged else {"judge_frames", "judge_captions"})
    idle |= {"quality"} if (group, name) == ("quality", "none") else set()
    assert [step.stage.name for step in plan.line.steps] == [
        stage for stage in config["stages"] if stage not in idle
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("group", "name"), PARTS)
def test_yaml_shows_every_argument(group, name):
    config = group_of(group, name)
    parameters = inspect.signature(locate(config._target_)).parameters
    assert set(parameters) == config.keys() - {"_target_"}


@pytest.mark.parametrize(("group", "name"), [choice for choice in PARTS if is_plain(*choice)])
def test_yaml_and_signature_have_one_default(group, name):
    config = copy(group_of(group, name))
    if "role" in config:
        assert config.pop("role") == group
    for parameter in inspect.signature(locate(config._target_)).parameters.values():
        if parameter.default is not inspect.Parameter.empty and parameter.name != "role":
            default = parameter.default
            plain = dict(default) if isinstance(default, Mapping) else default
            assert config[parameter.name] == OmegaConf.create([plain])[0], parameter.name


def test_scorer_follows_the_embedder_unless_told():
    def scorer(*overrides):
        return composed(*overrides).scorer._target_.split(".")[3]

    assert scorer() == "small"
    assert scorer("embedder=siglip2") == "open_clip"
    assert scorer("embedder=transformers") == "transformers"
    assert scorer("experiment=internvid_g") == "open_clip"
    assert scorer("experiment=captioner_ablation") == "open_clip"
    assert scorer("embedder=open_clip", "scorer=small") == "small"


@pytest.mark.parametrize(
    "overrides",
    [
        *(("experiment=quickstart", f"filter={path.stem}") for path in CONF.glob("filter/*.yaml")),
        ("experiment=internvid_g", "captioner=small"),
        ("experiment=internvid_g", "embedder=small", "scorer=small"),
        ("experiment=threshold_sweep", "filter=small"),
    ],
    ids=" ".join,
)
def test_experiment_takes_another_choice_of_a_group(tmp_path, overrides):
    config = resolved(filled(composed(*overrides)))
    plan = make_plan(config, tmp_path / "run")
    group, _, name = overrides[-1].partition("=")
    assert config[group]["_target_"] == OmegaConf.load(CONF / group / f"{name}.yaml")._target_
    idle = {"judge_frames", "judge_captions", "score_scenes"}
    busy = [stage for stage in config["stages"] if stage not in idle]
    assert [step.stage.name for step in plan.line.steps] == busy


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "subprocess.Popen",
        "ivg.nothing.Here",
        "ivgx.A",
        "ivg.files.write_text",
        "ivg.files.Path",
        "ivg.files.os",
        "ivg.files.TEMPORARY",
        "ivg.executors.local.ProcessPoolExecutor",
    ],
)
def test_build_refuses_targets_outside_known_packages(target):
    with pytest.raises(ConfigError, match="_target_"):
        build({"_target_": "ivg.tracking.nothing.NoTracker", "x": [{"_target_": target}]})


@pytest.mark.parametrize("trick", ["_partial_", "_args_"])
def test_build_refuses_what_the_key_would_not_see(trick):
    with pytest.raises(ConfigError, match=trick):
        build({"_target_": "ivg.tracking.nothing.NoTracker", trick: []})


def test_resolved_names_a_missing_value():
    with pytest.raises(ConfigError, match=r"source\.path has no value.*source\.path=VALUE"):
        resolved(composed("source=local"))


def test_make_plan_names_a_wrong_value(tmp_path):
    with pytest.raises(ConfigError, match="on_error must be continue or stop"):
        make_plan(resolved(composed("on_error=perhaps")), tmp_path)
    with pytest.raises(ConfigError, match=r"split\.min_secs"):
        make_plan(resolved(composed("split.min_secs=-1")), tmp_path)
    with pytest.raises(ConfigError, match=r"device=quantum"):
        make_plan(resolved(composed("device=quantum")), tmp_path)
