"""Every YAML of the model groups: what it names, and what it promises."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ivg.targets import build, locate

CONF = Path(__file__).parents[2] / "conf"
PROMISES = {
    "embedder": {"frame_model", "setup", "embed_images"},
    "scorer": {"frame_model", "setup", "embed_images", "project", "embed_texts"},
    "captioner": {"n_frames", "setup", "caption"},
}
CONFIGS = sorted(path for group in PROMISES for path in (CONF / group).glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_model_config_holds_every_argument_with_its_default(path):
    config = yaml.safe_load(path.read_text())
    kind = locate(config.pop("_target_"))
    defaults = {name: p.default for name, p in inspect.signature(kind).parameters.items()}
    assert config == defaults


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_model_config_builds_what_its_group_promises(path):
    model = build(yaml.safe_load(path.read_text()))
    assert all(hasattr(model, name) for name in PROMISES[path.parent.name])
    assert {"batch_size"} <= model.RUNTIME
    assert isinstance(model.VERSION, int)


def test_model_constructors_import_nothing_heavy():
    code = (
        "import sys, yaml, pathlib\n"
        "from ivg.targets import build\n"
        "for path in sys.argv[1:]:\n"
        "    build(yaml.safe_load(pathlib.Path(path).read_text()))\n"
        "import ivg.stages.embed, ivg.stages.caption, ivg.stages.score\n"
        "heavy = {'torch', 'open_clip', 'transformers', 'timm', 'av', 'cv2', 'PIL'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, CONFIGS)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
