"""Where the weights of a CLIP are: a tag of open_clip, a hub repository, a file or a folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.hub import Absent, hub_is_away, why_not

log = logging.getLogger(__name__)

HUB = "hf-hub:"
CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
PICKLED_FILE = "open_clip_pytorch_model.bin"
TOKENIZER_FILE = "tokenizer_config.json"
TOKENIZER_FILES = ("*token*", "vocab*", "merges.txt", "*.model")
PREPROCESS = ("mean", "std", "interpolation", "resize_mode")


@dataclass(frozen=True)
class ClipWeights:
    """What a config says of a CLIP.

    Attributes:
        role: `embedder`, `scorer` or `judge`: its config group, for messages.
        model: Name of an open_clip model, or `hf-hub:owner/name`.
        pretrained: A tag of that model, a weights file, or a folder; None for `hf-hub:`.
        revision: Branch, tag or commit on the hub; None for the newest.
        allow_pickle: Whether weights that are no safetensors may be read.
    """

    role: str
    model: str
    pretrained: str | None
    revision: str | None = None
    allow_pickle: bool = False

    @property
    def named(self) -> str:
        """The config key and value that name the checkpoint."""
        if self.pretrained is None:
            return f"{self.role}.model={self.model}"
        return f"{self.role}.pretrained={self.pretrained}"


@dataclass(frozen=True)
class ClipSource:
    """What open_clip has to be told.

    Attributes:
        name: Model name, or `local-dir:<folder>`.
        weights: A file; None when it lies in the folder.
        quick_gelu: Whether the tag's weights were trained with QuickGELU. open_clip 3 only warns
            where the model's config says otherwise (ViT-L-14 with `openai` does) and goes wrong.
        preprocess: How the tag's images were prepared, as name and value.
    """

    name: str
    weights: str | None = None
    quick_gelu: bool = False
    preprocess: tuple[tuple[str, Any], ...] = ()


def locate(wanted: ClipWeights) -> ClipSource:
    """Find the checkpoint; fetch it if it is on the hub and not in the cache.

    What is there under the name of `pretrained` goes before a tag of that name, as in the key.

    Raises:
        ConfigError: open_clip has no such model, or the weights are pickled.
        MissingDependencyError: There is no such checkpoint, or it can't be fetched.
    """
    import open_clip

    path = _path(wanted)
    if path is None and wanted.model.startswith(HUB):
        return _on_hub(wanted)
    if path is not None and path.is_dir():
        return _in_folder(wanted, path)
    if open_clip.get_model_config(wanted.model) is None:
        raise ConfigError(
            f"{wanted.role}.model={wanted.model}: open_clip has no such model; "
            "`open_clip.list_models()` tells all, and hf-hub:owner/name takes one from the hub"
        )
    if path is not None:
        return _in_file(wanted, path)
    tag = open_clip.get_pretrained_cfg(wanted.model, wanted.pretrained or "")
    if not tag:
        raise _no_tag(wanted)
    return _at_tag(wanted, tag)


def known_weights(
    wanted: ClipWeights, describe: Callable[[Path, str, str | None], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """What `describe` says of the weights in use; looks at local files only."""
    path = _path(wanted)
    if path is not None:
        return describe(_weights_in(wanted, path) if path.is_dir() else path, path.name, None)
    repository, files = _place(wanted)
    found = _cached(wanted, repository, files)
    if found is None:
        return {"model": repository}
    return describe(found, repository, wanted.revision)


def absent_weights(wanted: ClipWeights) -> tuple[Absent, ...]:
    """Weights and tokenizer, as far as they have to be fetched first."""
    if _path(wanted) is not None:
        return ()
    repository, files = _place(wanted)
    absent = []
    if repository and _cached(wanted, repository, files) is None:
        absent.append(Absent(wanted.named, repository, wanted.revision, files[0]))
    tokenizer = tokenizer_of(wanted.model)
    if tokenizer and _cached(ClipWeights("", "", ""), tokenizer, (TOKENIZER_FILE,)) is None:
        absent.append(Absent(f"{wanted.named}, tokenizer", tokenizer, None, TOKENIZER_FILE))
    return tuple(absent)


def tokenizer_of(model: str) -> str:
    """The hub repository of a model's tokenizer; empty where open_clip brings it."""
    import open_clip

    known = None if ":" in model else open_clip.get_model_config(model)
    return str((known or {}).get("text_cfg", {}).get("hf_tokenizer_name", ""))


def _path(wanted: ClipWeights) -> Path | None:
    """The file or folder of weights, if `pretrained` names one that is there."""
    path = Path(wanted.pretrained or "").expanduser()
    return path if wanted.pretrained and path.exists() else None


def _weights_in(wanted: ClipWeights, folder: Path) -> Path:
    safe, pickled = folder / WEIGHTS_FILE, folder / PICKLED_FILE
    return pickled if wanted.allow_pickle and not safe.is_file() else safe


def _place(wanted: ClipWeights) -> tuple[str, tuple[str, ...]]:
    """Repository of a tag or hub model, and its files of weights, the wanted ones first."""
    import open_clip

    if wanted.model.startswith(HUB):
        repository, own = wanted.model.removeprefix(HUB), PICKLED_FILE
    else:
        tag = open_clip.get_pretrained_cfg(wanted.model, wanted.pretrained or "")
        repository, _, own = str(tag.get("hf_hub", "")).rpartition("/")
    safe = _safe_name(own)
    return repository, (safe, own or PICKLED_FILE) if wanted.allow_pickle else (safe,)


def _cached(wanted: ClipWeights, repository: str, files: Sequence[str]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    known = [try_to_load_from_cache(repository, f, revision=wanted.revision) for f in files]
    return next((Path(one) for one in known if isinstance(one, str)), None)


def _on_hub(wanted: ClipWeights) -> ClipSource:
    from huggingface_hub import snapshot_download

    repository = wanted.model.removeprefix(HUB)
    weights = [WEIGHTS_FILE, *([PICKLED_FILE] if wanted.allow_pickle else [])]
    try:
        folder = snapshot_download(
            repository,
            revision=wanted.revision,
            allow_patterns=[CONFIG_FILE, *weights, *TOKENIZER_FILES],
            local_files_only=hub_is_away(),
        )
    except (OSError, ValueError) as error:
        raise _missing(wanted, repository, "", error) from error
    return _in_folder(wanted, Path(folder))


def _in_folder(wanted: ClipWeights, folder: Path) -> ClipSource:
    for file in (folder / CONFIG_FILE, _weights_in(wanted, folder)):
        if not file.is_file():
            raise MissingDependencyError(
                f"{wanted.named}: {folder} holds no {file.name}; save the model there the "
                "open_clip way, its weights as safetensors"
            )
    return ClipSource(f"local-dir:{folder}")


def _no_tag(wanted: ClipWeights) -> MissingDependencyError:
    import open_clip

    tags = ", ".join(open_clip.list_pretrained_tags_by_model(wanted.model)) or "none"
    return MissingDependencyError(
        f"{wanted.role}.pretrained={wanted.pretrained}: no such file or folder, and no tag of "
        f"{wanted.role}.model={wanted.model} (its tags: {tags}); give a tag, or a folder that "
        "was saved the open_clip way"
    )


def _in_file(wanted: ClipWeights, path: Path) -> ClipSource:
    if path.suffix != ".safetensors" and not wanted.allow_pickle:
        raise ConfigError(
            f"{wanted.named}: only safetensors files are opened, since pickled weights can run "
            "code; convert it with `safetensors.torch.save_file`, or trust it by "
            f"{wanted.role}.allow_pickle=true"
        )
    log.warning(
        "%s: a bare file does not tell its activation and how pictures are prepared; those of %s "
        "are taken. A folder with %s tells both",
        wanted.named,
        wanted.model,
        CONFIG_FILE,
    )
    _fetch_tokenizer(wanted)
    return ClipSource(wanted.model, str(path))


def _at_tag(wanted: ClipWeights, tag: Mapping[str, Any]) -> ClipSource:
    weights = _fetch_weights(wanted)
    _fetch_tokenizer(wanted)
    preprocess = tuple((name, tag[name]) for name in PREPROCESS if name in tag)
    return ClipSource(wanted.model, weights, bool(tag.get("quick_gelu")), preprocess)


def _fetch_weights(wanted: ClipWeights) -> str:
    """The first of a tag's files that is to be had."""
    from huggingface_hub import hf_hub_download

    repository, files = _place(wanted)
    errors: list[Exception] = []
    for file in files:
        try:
            return hf_hub_download(
                repository, file, revision=wanted.revision, local_files_only=hub_is_away()
            )
        except (OSError, ValueError) as error:
            errors.append(error)
    raise _missing(wanted, repository, files[0], errors[0]) from errors[0]


def _fetch_tokenizer(wanted: ClipWeights) -> None:
    """Put the tokenizer into the cache, where open_clip takes it from without a network."""
    from huggingface_hub import snapshot_download

    repository = tokenizer_of(wanted.model)
    if not repository:
        return
    patterns = [*TOKENIZER_FILES, "config.json"]
    try:
        snapshot_download(repository, allow_patterns=patterns, local_files_only=hub_is_away())
    except (OSError, ValueError) as error:
        raise _missing(wanted, repository, "", error) from error


def _missing(
    wanted: ClipWeights, repository: str, file: str, error: Exception
) -> MissingDependencyError:
    return MissingDependencyError(
        f"{wanted.named}: {why_not(repository, wanted.revision, error, file)}, or point "
        f"{wanted.role}.pretrained to a folder that was saved the open_clip way"
    )


def _safe_name(file: str) -> str:
    """The safetensors file that stands beside the tag's own, which may be pickled."""
    default = file in ("", PICKLED_FILE)
    return WEIGHTS_FILE if default else Path(file).with_suffix(".safetensors").name
