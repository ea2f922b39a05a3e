"""A YAML from a stranger can't run code: not in ivg's config, and not in Hydra's own."""

import pytest
from composing import composed
from running import ivg

from ivg.compose import composed as composed_from
from ivg.errors import ConfigError, IvgError
from ivg.hydra_node import check_hydra_node
from ivg.plan import make_plan, resolved

EVIL = [
    "hydra: {callbacks: {evil: {_target_: subprocess.Popen, args: [touch, MARK]}}}",
    "hydra: {callbacks: {evil: {_target_: hydra.utils.call, config: {_target_: os.mkdir}}}}",
    "hydra: {launcher: {_target_: os.mkdir, path: MARK}}",
    "hydra: {sweeper: {_target_: hydra_plugins.os.mkdir, path: MARK}}",
    "hydra: {sweeper: {sampler: {_target_: os.mkdir, path: MARK}}}",
    "hydra: {job_logging: {formatters: {evil: {(): os.mkdir, path: MARK}}}}",
    "hydra: {job_logging: {handlers: {evil: {class: subprocess.Popen, args: [touch, MARK]}}}}",
    "hydra: {hydra_logging: {handlers: {console: {stream: 'ext://os.environ'}}}}",
    "hydra: {job: {env_set: {IVG_PACKAGES: os}}}",
    "hydra: {job: {env_set: {LD_PRELOAD: evil.so}}}",
    "captioner: {_target_: os.mkdir, path: MARK}",
    "captioner: {prompt: [{deep: {_target_: os.mkdir, path: MARK}}]}",
    "captioner: {_target_: ivg.targets.os.mkdir, path: MARK}",
    "captioner: {_target_: ivg.targets.build, config: {_target_: os.mkdir}}",
    "name: os.mkdir\ncaptioner: {_target_: '${name}', path: MARK}",
    "captioner: {prompt: '${oc.env:OPENAI_API_KEY}'}",
    "captioner: {prompt: '${oc.env:AWS_SECRET_ACCESS_KEY,none}'}",
]


def shared(folder, text):
    """A config folder as one would be passed on; returns what evil would leave behind."""
    mark = folder / "mark"
    place = folder / "conf" / "experiment"
    place.mkdir(parents=True)
    head = "# @package _global_\n"
    (place / "shared.yaml").write_text(head + text.replace("MARK", str(mark)) + "\n")
    return mark


def planned(folder):
    make_plan(resolved(composed_from(["experiment=shared"], folder / "conf")), folder)


@pytest.mark.parametrize("text", EVIL)
def test_shared_yaml_runs_nothing(tmp_path, monkeypatch, text):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    mark = shared(tmp_path, text)
    with pytest.raises(IvgError) as caught:
        planned(tmp_path)
    assert "planted" not in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize("text", [EVIL[0], EVIL[5], EVIL[8]])
def test_build_refuses_a_shared_yaml_before_it_runs(tmp_path, text):
    mark = shared(tmp_path, text)
    conf = str(tmp_path / "conf")
    done = ivg("build", "--config-dir", conf, "experiment=shared", cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert "ConfigError" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists()


def test_what_hydra_has_itself_is_let_through():
    composed("hydra/sweeper=optuna")
    check_hydra_node(
        {"callbacks": {"log": {"_target_": "hydra.experimental.callbacks.LogJobReturnCallback"}}}
    )


def test_plain_environment_is_still_read(monkeypatch):
    monkeypatch.setenv("MY_VIDEOS", "/videos")
    assert resolved(composed("store.dir=${oc.env:MY_VIDEOS}"))["store"]["dir"] == "/videos"
    assert resolved(composed("store.dir=${oc.env:NOT_THERE,here}"))["store"]["dir"] == "here"
    with pytest.raises(ConfigError, match="NOT_THERE"):
        resolved(composed("store.dir=${oc.env:NOT_THERE}"))
