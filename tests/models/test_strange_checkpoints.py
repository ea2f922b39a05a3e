"""Checkpoints and options of strangers that hold or name programs: none is run, nobody is asked."""

import builtins
import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from tiny_checkpoints import word_tokenizer
from tiny_encoders import write_small_open_clip

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.captioners.blip2 import Blip2Captioner
from ivg.models.captioners.vlm import VlmCaptioner
from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.models.writers.llm import LlmWriter

CODE = "from pathlib import Path\nPath({mark!r}).touch()\nclass Evil: pass\n"


@pytest.fixture
def mark(tmp_path, monkeypatch) -> Path:
    """What code would leave behind; at a terminal somebody would say yes to all."""
    monkeypatch.setattr(builtins, "input", lambda *_: "y")
    return tmp_path / "code-was-run"


def armed(folder: Path, mark: Path, *files: str) -> Path:
    """A checkpoint whose configs say that its classes are in a program beside them."""
    (folder / "evil.py").write_text(CODE.format(mark=str(mark)))
    for file in files:
        config = json.loads((folder / file).read_text())
        names = ("AutoConfig", "AutoModel", "AutoModelForImageTextToText", "AutoProcessor")
        config["auto_map"] = dict.fromkeys(names, "evil.Evil")
        config["auto_map"]["AutoTokenizer"] = ["evil.Evil", "evil.Evil"]
        config |= {"model_type": "evil"} if file == "config.json" else {"tokenizer_class": "Evil"}
        (folder / file).write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_program_of_a_checkpoint_is_not_run(llava_folder, tmp_path, mark, file):
    folder = armed(Path(shutil.copytree(llava_folder, tmp_path / "llava")), mark, file)
    with suppress(MissingDependencyError):  # a tokenizer's class can be done without
        VlmCaptioner(str(folder)).setup("cpu")
    assert not mark.exists()


def test_open_clip_config_can_not_allow_a_program(tmp_path, mark):
    """Its tokenizer's options go to transformers, as they are written there."""
    folder = write_small_open_clip(tmp_path / "clip", "ViT-B-16-SigLIP")
    word_tokenizer().save_pretrained(folder)
    armed(folder, mark, "tokenizer_config.json")
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"trust_remote_code": True}
    path.write_text(json.dumps(config))
    with pytest.raises(MissingDependencyError, match=r"embedder\.pretrained"):
        OpenClipEmbedder(pretrained=str(folder)).setup("cpu")
    assert not mark.exists()


@pytest.mark.parametrize("kind", [VlmCaptioner, Blip2Captioner, LlmWriter])
@pytest.mark.parametrize("name", ["custom_generate", "trust_remote_code"])
def test_options_can_not_name_a_program(kind, name):
    """`generate(custom_generate=...)` of transformers runs one from the hub or a folder."""
    with pytest.raises(ConfigError, match=rf"generate\.{name}: no code"):
        kind("folder", generate={name: "evil/generate"})
