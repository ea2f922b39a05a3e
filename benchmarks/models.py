"""Items a second of each model backend, beside the bare forward or generate loop.

The bare loop replays the very calls that the backend made, on the same tensors: what is lost to
preparing pictures, batching and decoding words is the difference. Shows: at least 0.9 of the bare
loop. The models are random and of real classes; on a GPU (`--device cuda`) they have the sizes of
ViT-L/14, BLIP-2 flan-t5-xxl and LLaVA-1.5-7B.

    python benchmarks/models.py [--device cuda] [--only open_clip,vlm] [--rounds 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import checkpoints

import ivg
from ivg.records import Clip, Image

SAMPLE = Path(ivg.__file__).parent / "sample" / "sample.mp4"
NEW_TOKENS = 20


@dataclass(frozen=True)
class Case:
    """One backend: how it is loaded, what it is asked, and which calls are the model's own."""

    load: Callable[[Path, str], Callable[[Sequence[Any]], object]]
    items: Callable[[int], Sequence[Any]]
    kind: Callable[[], type]
    method: str
    amount: tuple[int, int]


@contextmanager
def recording(kind: type, method: str) -> Iterator[list[Callable[[], Any]]]:
    """Collects the calls of a method, ready to be made again."""
    calls: list[Callable[[], Any]] = []
    original = getattr(kind, method)

    def noted(*args: Any, **kwargs: Any) -> Any:
        calls.append(partial(original, *args, **kwargs))
        return original(*args, **kwargs)

    setattr(kind, method, noted)
    try:
        yield calls
    finally:
        setattr(kind, method, original)


def replay(calls: Sequence[Callable[[], Any]], device: str) -> None:
    """The bare loop."""
    import torch

    with torch.inference_mode():
        for call in calls:
            call()
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds(work: Callable[[], object]) -> float:
    """Wall time."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def frames(count: int) -> list[Image]:
    """Frames of the sample clip, as large as the frame store keeps them."""
    import av

    found: list[Image] = []
    with av.open(str(SAMPLE)) as container:
        for frame in container.decode(video=0):
            found.append(frame.to_ndarray(format="rgb24"))
            if len(found) == count:
                return found
    return [found[i % len(found)] for i in range(count)]


def clips(count: int) -> list[Clip]:
    """Clips of one frame."""
    return [Clip((image,), (0.0,), 0.0, 1.0) for image in frames(count)]


def sentences(count: int) -> list[str]:
    """Captions of some words."""
    return [f"a photo of word{i} and word{i * 7 % 100} on word{i * 3 % 50}" for i in range(count)]


def large(device: str) -> bool:
    """Whether the models have the sizes that people use."""
    return device.startswith("cuda")


def encoder(device: str, built: Any, what: str) -> Callable[[Sequence[Any]], object]:
    """The loaded encoder's `embed_images` or `embed_texts`."""
    built.setup(device)
    ask: Callable[[Sequence[Any]], object] = getattr(built, what)
    return ask


def open_clip(what: str, folder: Path, device: str) -> Callable[[Sequence[Any]], object]:
    """CLIP through open_clip."""
    from ivg.models.embedders.open_clip import OpenClipEmbedder

    sizes = checkpoints.CLIP_LARGE if large(device) else checkpoints.CLIP_SMALL
    place = checkpoints.write_open_clip(folder, sizes)
    precision = "fp16" if large(device) else "fp32"
    return encoder(device, OpenClipEmbedder(pretrained=str(place), precision=precision), what)


def transformers(what: str, folder: Path, device: str) -> Callable[[Sequence[Any]], object]:
    """CLIP through transformers."""
    from ivg.models.embedders.transformers import TransformersEmbedder

    sizes = checkpoints.CLIP_LARGE if large(device) else checkpoints.CLIP_SMALL
    place = checkpoints.write_clip(folder, sizes)
    precision = "fp16" if large(device) else "fp32"
    return encoder(device, TransformersEmbedder(model=str(place), precision=precision), what)


def small(folder: Path, device: str) -> Callable[[Sequence[Any]], object]:
    """The packaged classifier."""
    from ivg.models.embedders.small import SmallEmbedder

    return encoder(device, SmallEmbedder(), "embed_images")


def generating(device: str) -> dict[str, Any]:
    """Equal numbers of words, whatever random weights say."""
    fixed = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS, "do_sample": False}
    return {"generate": fixed, "dtype": "float16" if large(device) else "float32"}


def blip2(folder: Path, device: str) -> Callable[[Sequence[Any]], object]:
    """BLIP-2."""
    from ivg.models.captioners.blip2 import Blip2Captioner

    place = checkpoints.write_blip2(folder, large(device))
    captioner = Blip2Captioner(model=str(place), **generating(device))
    captioner.setup(device)
    return captioner.caption


def vlm(folder: Path, device: str) -> Callable[[Sequence[Any]], object]:
    """LLaVA-1.5."""
    from ivg.models.captioners.vlm import VlmCaptioner

    place = checkpoints.write_llava(folder, large(device))
    captioner = VlmCaptioner(model=str(place), **generating(device))
    captioner.setup(device)
    return captioner.caption


def clip_class() -> type:
    """open_clip's CLIP."""
    from open_clip import CLIP

    return CLIP


def of_transformers(name: str) -> type:
    """A class of transformers."""
    import transformers as library

    kind: type = getattr(library, name)
    return kind


def classifier_class() -> type:
    """The EfficientNet of timm."""
    from timm.models.efficientnet import EfficientNet

    return EfficientNet


BLIP2, LLAVA = "Blip2ForConditionalGeneration", "LlavaForConditionalGeneration"
CASES = {
    "small images": Case(small, frames, classifier_class, "forward_features", (256, 4096)),
    "open_clip images": Case(
        partial(open_clip, "embed_images"), frames, clip_class, "encode_image", (128, 4096)
    ),
    "open_clip texts": Case(
        partial(open_clip, "embed_texts"), sentences, clip_class, "encode_text", (256, 8192)
    ),
    "transformers images": Case(
        partial(transformers, "embed_images"),
        frames,
        partial(of_transformers, "CLIPModel"),
        "get_image_features",
        (128, 4096),
    ),
    "transformers texts": Case(
        partial(transformers, "embed_texts"),
        sentences,
        partial(of_transformers, "CLIPModel"),
        "get_text_features",
        (256, 8192),
    ),
    "blip2": Case(blip2, clips, partial(of_transformers, BLIP2), "generate", (32, 256)),
    "vlm": Case(vlm, clips, partial(of_transformers, LLAVA), "generate", (16, 256)),
}


def measured(case: Case, device: str, rounds: int, share: float) -> tuple[int, float, float]:
    """Number of items, and the least seconds of the backend and of the bare loop."""
    with tempfile.TemporaryDirectory() as folder:
        ask = case.load(Path(folder) / "checkpoint", device)
    items = case.items(max(1, int(case.amount[large(device)] * share)))
    with recording(case.kind(), case.method) as calls:
        ask(items)
    ours, bare = [], []
    for _ in range(rounds):
        bare.append(seconds(lambda: replay(calls, device)))
        ours.append(seconds(lambda: ask(items)))
    return len(items), min(ours), min(bare)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", default="", help="beginnings of names, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of items")
    arguments = parser.parse_args()
    wanted = tuple(arguments.only.split(","))
    print(f"{'backend':<22}{'items':>7}{'ivg /s':>10}{'bare /s':>10}{'ratio':>7}")
    for name, case in CASES.items():
        if name.startswith(wanted):
            n, ours, bare = measured(case, arguments.device, arguments.rounds, arguments.share)
            print(f"{name:<22}{n:>7}{n / ours:>10.1f}{n / bare:>10.1f}{bare / ours:>7.2f}")


if __name__ == "__main__":
    main()
