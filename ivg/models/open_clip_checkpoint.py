"""Where the weights of a CLIP model are: a tag of open_clip, a safetensors file or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.hub import hub_is_away

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
PREPROCESS = ("mean", "std", "interpolation", "resize_mode")


@dataclass(frozen=True)
class ClipSource:
    """What open_clip has to be told.

    Attributes:
        name: Model name, or `local-dir:<folder>`.
        weights: A safetensors file; None when it lies in the folder.
        quick_gelu: Whether the tag's weights were trained with QuickGELU. open_clip 3 only warns
            where the model's config says otherwise (ViT-L-14 with `openai` does) and goes wrong.
        preprocess: How the tag's images were prepared, as name and value.
    """

    name: str
    weights: str | None = None
    quick_gelu: bool = False
    preprocess: tuple[tuple[str, Any], ...] = ()


def locate(key: str, model: str, pretrained: str) -> ClipSource:
    """Find the checkpoint; fetch it from the hub if `pretrained` is a tag.

    Args:
        key: `embedder` or `scorer`, for messages.
        model: Name of an open_clip model; not looked at where `pretrained` is a folder.
        pretrained: A tag, a safetensors file, or a folder with `open_clip_config.json` and
            `open_clip_model.safetensors`.

    Raises:
        ConfigError: open_clip has no such model, or the weights are pickled.
        MissingDependencyError: There is no such checkpoint, or it can't be fetched.
    """
    import open_clip

    path = Path(pretrained).expanduser()
    tag = open_clip.get_pretrained_cfg(model, pretrained)
    if path.is_dir() and not tag:
        return _in_folder(key, path)
    if open_clip.get_model_config(model) is None:
        raise ConfigError(f"{key}.model={model}: open_clip has no such model")
    return _at_tag(key, model, pretrained, tag) if tag else _in_file(key, model, path)


def cached_weights(model: str, pretrained: str) -> str | None:
    """Where the hub's cache holds the weights of a tag; None if it does not. Fetches nothing."""
    import open_clip
    from huggingface_hub import try_to_load_from_cache

    repository, file = _at_hub(open_clip.get_pretrained_cfg(model, pretrained))
    found = try_to_load_from_cache(repository, file) if repository else None
    return found if isinstance(found, str) else None


def _at_hub(tag: dict[str, Any]) -> tuple[str, str]:
    """Repository and safetensors file of a tag."""
    repository, _, file = str(tag.get("hf_hub", "")).rpartition("/")
    return repository, _safe_name(file)


def _in_folder(key: str, folder: Path) -> ClipSource:
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise MissingDependencyError(
                f"{key}.pretrained={folder}: the folder holds no {name}; "
                "save the model there the open_clip way, its weights as safetensors"
            )
    return ClipSource(f"local-dir:{folder}")


def _in_file(key: str, model: str, path: Path) -> ClipSource:
    import open_clip

    if not path.is_file():
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
        raise MissingDependencyError(
            f"{key}.pretrained={path}: no such file or folder, and no tag of {key}.model={model} "
            f"(its tags: {tags}); give the path of a safetensors file, or a tag"
        )
    if path.suffix != ".safetensors":
        raise ConfigError(
            f"{key}.pretrained={path}: only safetensors files are opened, since pickled weights "
            "can run code; convert it with `safetensors.torch.save_file`"
        )
    return ClipSource(model, str(path))


def _at_tag(key: str, model: str, pretrained: str, tag: dict[str, Any]) -> ClipSource:
    from huggingface_hub import hf_hub_download

    repository, file = _at_hub(tag)
    try:
        weights = hf_hub_download(repository, file, local_files_only=hub_is_away())
    except (OSError, ValueError) as error:
        raise MissingDependencyError(
            f"{key}.pretrained={pretrained}: the safetensors weights of {key}.model={model} are "
            f"not in the cache and can't be fetched from {repository or 'the hub'}; go online, "
            f"or point {key}.pretrained to a safetensors file or folder ({error})"
        ) from error
    preprocess = tuple((name, tag[name]) for name in PREPROCESS if name in tag)
    return ClipSource(model, weights, bool(tag.get("quick_gelu")), preprocess)


def _safe_name(file: str) -> str:
    """The safetensors file that stands beside the tag's own, which may be pickled."""
    default = file in ("", "open_clip_pytorch_model.bin")
    return WEIGHTS_FILE if default else Path(file).with_suffix(".safetensors").name
