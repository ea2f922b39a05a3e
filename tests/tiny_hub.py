"""Tiny checkpoints in the cache of the model hub, so that configs run as they stand."""

from collections.abc import Callable, Iterable
from pathlib import Path

import tiny_llavas
import tiny_vlms
from omegaconf import OmegaConf
from tiny_checkpoints import write_tiny_blip2

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONF = Path(__file__).parents[1] / "conf" / "captioner"
WRITERS: dict[str, Callable[[Path], Path]] = {
    "blip2": write_tiny_blip2,
    "blip2_opt": tiny_llavas.write_blip2_opt,
    "llava": tiny_llavas.write_llava_15,
    "llava_next": tiny_llavas.write_llava_next,
    "llava_onevision": tiny_llavas.write_llava_onevision,
    "llava_video": tiny_llavas.write_llava_next_video,
    "qwen2_5_vl": tiny_vlms.write_qwen2_5_vl,
    "qwen3_vl": tiny_vlms.write_qwen3_vl,
    "internvl": tiny_vlms.write_internvl,
    "smolvlm2": tiny_vlms.write_smolvlm,
}
"""How to write a tiny checkpoint for each captioner of conf/captioner that is on the hub."""


def write_tiny_hub(home: Path, names: Iterable[str]) -> Path:
    """A Hugging Face home whose cache holds what these captioners name; returns `home`."""
    for name in names:
        put_into_cache(home, OmegaConf.load(CONF / f"{name}.yaml").model, WRITERS[name])
    return home


def put_into_cache(home: Path, model: str, write: Callable[[Path], Path]) -> Path:
    """One repository as the hub's client would have left it."""
    repository = home / "hub" / f"models--{model.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return write(repository / "snapshots" / COMMIT)
