"""A build that is pinned gives what was released, or does not begin."""

import json
from pathlib import Path

import pytest
from composing import composed
from golden_keys import DEMO, demo_pins
from omegaconf import OmegaConf
from planted_runs import quickstart_config

from ivg.build import build
from ivg.errors import ConfigError
from ivg.plan import plan_steps, resolved
from ivg.release.pins import check_pins, pins_yaml
from ivg.release.settings import ReleaseSettings

GOLDEN = Path(__file__).parents[1] / "golden" / "keys.json"
NAMED = ReleaseSettings("my-set", "2")


def pinned(*overrides):
    config = resolved(composed(*overrides))
    return config, list(plan_steps(config["stages"]))


def test_demo_pins_the_keys_of_the_quickstart():
    """If a key was meant to change: `python tests/golden_keys.py` writes the pins anew."""
    assert DEMO.read_text() == demo_pins()
    golden = json.loads(GOLDEN.read_text())["quickstart"]
    assert OmegaConf.to_container(OmegaConf.load(DEMO).release["keys"]) == golden


def test_demo_is_the_quickstart_and_changes_no_key():
    demo, steps = pinned("release=demo")
    check_pins(demo, steps)
    plain, keys = quickstart_config()
    assert {step.stage.name: step.identity.key for step in steps} == keys
    assert {name: value for name, value in demo.items() if name != "release"} == plain


def test_runs_without_pins_are_not_checked():
    check_pins(*pinned("filter.threshold=0.9"))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("filter.threshold=0.5", "stages.filter.rule.threshold: 0.66 -> 0.5"),
        ("filter=median", "stages.filter.rule.class: "),
        ("split.threshold=30", "stages.split.threshold: 27 -> 30"),
        ("stages.export.decimals=null", "stages.export.decimals: 3 -> None"),
        ("quality=none", "stages.quality: pinned, but no part of this run"),
        ("judge=small", "stages.judge_frames: runs, but is not pinned"),
    ],
)
def test_pins_refuse_another_key_and_show_the_fields(override, said):
    with pytest.raises(ConfigError, match="other results than ivg-demo") as refused:
        check_pins(*pinned("release=demo", override))
    assert said in str(refused.value)
    assert "upstream" not in str(refused.value)


def test_build_refuses_before_anything_is_computed(tmp_path):
    config = composed("release=demo", "filter.threshold=0.5", f"store.dir={tmp_path}/store")
    with pytest.raises(ConfigError, match=r"nothing was computed.*\n.*0\.66 -> 0\.5"):
        build(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_runtime_values_are_not_pinned(tmp_path):
    check_pins(*pinned("release=demo", "executor.workers=1", "store.dir=x", "device=cpu"))


def test_pins_are_a_yaml_that_hydra_composes(tmp_path):
    from ivg.compose import composed as compose

    (tmp_path / "release").mkdir()
    _, steps = pinned("experiment=montage")
    (tmp_path / "release" / "mine.yaml").write_text(pins_yaml(NAMED, steps, "montage"))
    config = resolved(compose(["release=mine"], tmp_path))
    found = list(plan_steps(config["stages"]))
    check_pins(config, found)
    assert [step.identity.key for step in found] == [step.identity.key for step in steps]
    assert (config["release"]["name"], config["release"]["version"]) == ("my-set", "2")


def test_pins_without_descriptions_name_the_key():
    config, steps = pinned("release=demo", "filter.threshold=0.5")
    del config["release"]["stages"]
    with pytest.raises(ConfigError, match=r"stages\.filter: key [0-9a-f]{16} is pinned"):
        check_pins(config, steps)


def test_keys_that_look_like_numbers_stay_texts():
    _, steps = pinned("experiment=quickstart")

    class Step:
        stage = steps[0].stage
        identity = steps[0].identity

    class Odd:
        key, config = "1234e56789012345", {"text": "1e5", "ratio": 1e-05, "raw": "${x}"}

    Step.identity = Odd
    found = OmegaConf.create(pins_yaml(NAMED, [Step], None)).release
    plain = OmegaConf.to_container(found, resolve=True)
    assert plain["keys"] == {"scan": "1234e56789012345"}
    assert plain["stages"]["scan"] == Odd.config


@pytest.mark.parametrize("value", ["demo", {}, {"keys": []}])
def test_release_that_is_no_pin_is_refused(value):
    with pytest.raises(ConfigError, match="release must be a choice"):
        check_pins({"release": value}, [])
