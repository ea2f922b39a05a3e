"""Every YAML of the model groups: what it names, and what it promises."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from composing import composed
from omegaconf import OmegaConf

from ivg.plan import resolved
from ivg.targets import build

CONF = Path(__file__).parents[2] / "conf"
PROMISES = {
    "embedder": {"frame_model", "setup", "embed_images"},
    "scorer": {"frame_model", "setup", "embed_images", "project", "embed_texts"},
    "judge": {"frame_model", "setup", "embed_images", "project", "embed_texts"},
    "captioner": {"n_frames", "setup", "caption"},
}
RUNTIME = {"role", "compile", "allow_pickle", "batch_size", "base_url", "key_env", "concurrency"}
CONFIGS = sorted(path for group in PROMISES for path in (CONF / group).glob("*.yaml"))


def config_of(group: str, name: str) -> dict:
    config = composed(f"{group}={name}")
    for path in OmegaConf.missing_keys(config):
        OmegaConf.update(config, path, "given")
    return dict(resolved(config)[group])


def runtime_of(model: object) -> frozenset[str]:
    return getattr(model, "RUNTIME", frozenset())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_model_config_builds_what_its_group_promises(path):
    group = path.parent.name
    model = build(config_of(group, path.stem))
    assert all(hasattr(model, name) for name in PROMISES[group])
    assert RUNTIME & inspect.signature(type(model)).parameters.keys() <= runtime_of(model)
    assert isinstance(getattr(model, "VERSION", 1), int)


@pytest.mark.slow
def test_model_constructors_import_nothing_heavy():
    code = (
        "import sys, json\n"
        "from ivg.targets import build\n"
        "for config in map(json.loads, sys.argv[1:]):\n"
        "    build(config)\n"
        "import ivg.stages.embed, ivg.stages.caption, ivg.stages.score\n"
        "heavy = {'torch', 'open_clip', 'transformers', 'timm', 'av', 'cv2', 'PIL'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    groups = [(path.parent.name, path.stem) for path in CONFIGS]
    configs = [json.dumps(config_of(group, name)) for group, name in groups]
    done = subprocess.run(
        [sys.executable, "-c", code, *configs], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
