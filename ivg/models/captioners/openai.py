"""Captions by any server that speaks the OpenAI protocol."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.models.chat import shown
from ivg.models.openai_server import Server, ServerChoice
from ivg.models.protocols import Said
from ivg.ranges import one_of, text, whole_within
from ivg.records import Clip, Image

GENERATE: Mapping[str, Any] = MappingProxyType({"max_tokens": 64, "temperature": 0})
SHOW = ("images", "timed_images")


class OpenAiCaptioner:
    """One caption a segment from vLLM, SGLang or a hosted API; frames go as JPEG data URLs."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {"base_url", "key_env", "concurrency", "max_retries", "timeout_secs"}
    )

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        key_env: str = "OPENAI_API_KEY",
        prompt: str = "Describe what happens in one plain sentence.",
        show: str = "images",
        n_frames: int = 3,
        generate: Mapping[str, Any] = GENERATE,
        image_side: int = 384,
        jpeg_quality: int = 90,
        concurrency: int = 16,
        max_retries: int = 8,
        timeout_secs: float = 120,
    ) -> None:
        """Store the config.

        Args:
            model: The model's name on the server.
            base_url: `http(s)://host/v1`; None for OPENAI_BASE_URL, or OpenAI itself.
            key_env: Name of the environment variable that holds the key; never the key.
            prompt: What the model is asked.
            show: `images`, or `timed_images`: each after its time in the segment.
            n_frames: Frames of a segment that the model sees.
            generate: Parameters of the request: max_tokens, temperature, seed, n ...
            image_side: Short side of the pictures sent, never enlarged; 0 keeps the size.
            jpeg_quality: Of the pictures sent, 1 to 100.
            concurrency: Requests under way at a time.
            max_retries: Of one request, with back-off: rate limits, time-outs, broken connections.
            timeout_secs: Of one try.

        Raises:
            ConfigError: A value is out of range.
        """
        self.choice = ServerChoice(
            "captioner", model, base_url, key_env, concurrency, max_retries, timeout_secs
        )
        self.prompt = text("captioner.prompt", prompt)
        self.show = one_of("captioner.show", show, SHOW)
        self._n_frames = whole_within("captioner.n_frames", n_frames, 1)
        self.options = dict(generate)
        self.image_side = whole_within("captioner.image_side", image_side, 0)
        self.jpeg_quality = whole_within("captioner.jpeg_quality", jpeg_quality, 1, 100)
        self._server: Server | None = None

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""
        return self._n_frames

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the model is asked."""
        return (self.prompt,)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """The model's name as asked for and as served, for manifests."""
        return self._server.provenance if self._server else {"model": self.choice.model}

    def setup(self, device: str) -> None:
        """Connect; the device is the server's affair.

        Raises:
            MissingDependencyError: The extra is not installed.
            CaptionRequestError: No server answers.
            ServerRefusedError: It does not take the key.
        """
        self._server = self.choice.connect()

    def caption(self, clips: Sequence[Clip]) -> list[Said]:
        """The answers of each clip; an exception where its request failed for good."""
        if self._server is None:
            raise RuntimeError("setup() comes before caption()")
        return list(self._server.ask_all(clips, self._ask))

    def _ask(self, clip: Clip) -> list[str]:
        if self._server is None:
            raise RuntimeError("setup() comes before caption()")
        frames = iter(clip.frames)
        content = [
            self._picture(next(frames)) if part["type"] == "image" else part
            for part in shown(clip, self.prompt, self.show)
        ]
        return self._server.chat(content, self.options)

    def _picture(self, frame: Image) -> dict[str, Any]:
        from PIL import Image as Pictures

        picture = Pictures.fromarray(frame)
        scale = self.image_side / min(picture.size)
        if 0 < scale < 1:
            picture = picture.resize(
                (_scaled(picture.width, scale), _scaled(picture.height, scale))
            )
        with io.BytesIO() as file:
            picture.save(file, "JPEG", quality=self.jpeg_quality)
            data = base64.b64encode(file.getvalue()).decode("ascii")
        return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}


def _scaled(length: int, scale: float) -> int:
    return max(1, round(length * scale))
