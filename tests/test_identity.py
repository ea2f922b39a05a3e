"""Keys: what changes them and what doesn't."""

import json
import math

import pytest
from composing import composed
from golden_keys import CONFIGS, FILE, keys
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import ConfigError
from ivg.identity import canonical, differences, identify
from ivg.plan import plan_steps, resolved


class Rule:
    VERSION = 1

    def __init__(self, threshold: float = 0.85) -> None:
        self.threshold = threshold


class Model:
    VERSION = 1
    RUNTIME = frozenset({"batch_size"})

    def __init__(
        self, name: str, rule: object = None, batch_size: int = 8, prompt: str = "x"
    ) -> None:
        self.name = name


@pytest.fixture(autouse=True)
def own_package(monkeypatch):
    monkeypatch.setenv("IVG_PACKAGES", "test_identity")


def model(**more):
    return {"_target_": "test_identity.Model", "name": "a", **more}


def key(config, upstream=""):
    return identify("caption", config, upstream).key


def test_key_counts_defaults_as_given():
    assert key(model()) == key(model(prompt="x"))
    assert key(model()) != key(model(prompt="y"))


def test_key_ignores_runtime_and_order():
    assert key(model(batch_size=1, prompt="y")) == key(model(prompt="y", batch_size=64))


def test_key_follows_upstream_version_and_nested_objects(monkeypatch):
    nested = model(rule={"_target_": "test_identity.Rule"})
    keys = {key(model()), key(model(), "up"), key(nested)}
    monkeypatch.setattr(Rule, "VERSION", 2)
    keys.add(key(nested))
    assert len(keys) == 4


def test_key_changes_with_a_changed_default(monkeypatch):
    before = key(model())
    monkeypatch.setattr(Model.__init__, "__defaults__", (None, 8, "another default"))
    assert key(model()) != before


@given(st.integers(-(2**53), 2**53))
def test_canonical_takes_integral_floats_as_integers(number):
    assert json.dumps(canonical(float(number), "x")) == json.dumps(canonical(number, "x"))


def test_canonical_keeps_true_apart_from_one():
    assert json.dumps(canonical(True, "x")) != json.dumps(canonical(1, "x"))


@pytest.mark.parametrize("value", [math.nan, math.inf, print, object()])
def test_canonical_refuses_what_has_no_identity(value):
    with pytest.raises(ConfigError, match=r"stages.caption.prompt"):
        key(model(prompt=value))


def test_identify_names_an_unknown_argument():
    with pytest.raises(ConfigError, match=r"stages.caption.promt"):
        key(model(promt="y"))


def test_differences_names_the_field():
    old, new = (identify("caption", model(prompt=p), "").described for p in "yz")
    assert differences(new, old) == ["config.prompt: 'y' -> 'z'"]


@pytest.mark.parametrize("name", CONFIGS)
def test_keys_equal_the_golden_ones(name):
    """A change here changes the identity of stored results: bump `VERSION`, say so in CHANGELOG."""
    assert keys(name) == json.loads(FILE.read_text())[name]


def test_key_of_all_that_reads_similarities_follows_their_rounding():
    before, after = (
        {
            step.stage.name: step.identity.key
            for step in plan_steps(resolved(composed(f"stages.embed.decimals={n}"))["stages"])
        }
        for n in ("null", 3)
    )
    changed = {name for name in before if before[name] != after[name]}
    assert {"embed", "merge", "ground", "export"} <= changed
    assert not {"scan", "split"} & changed
