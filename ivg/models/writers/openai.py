"""One sentence from several captions by a server that speaks the OpenAI protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.models.openai_server import Server, ServerChoice
from ivg.models.writers.writer import CAPTIONS, PROMPT, Draft, checked_prompt, question

GENERATE: Mapping[str, Any] = MappingProxyType({"max_tokens": 64, "temperature": 0})


class OpenAiWriter:
    """A language model of vLLM, SGLang or a hosted API."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {"base_url", "key_env", "concurrency", "max_retries", "timeout_secs"}
    )

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        key_env: str = "OPENAI_API_KEY",
        prompt: str = PROMPT,
        generate: Mapping[str, Any] = GENERATE,
        concurrency: int = 16,
        max_retries: int = 8,
        timeout_secs: float = 120,
    ) -> None:
        """Store the config; see `ivg.models.captioners.openai.OpenAiCaptioner`.

        Raises:
            ConfigError: A value is out of range.
        """
        self.choice = ServerChoice(
            "captioner.writer", model, base_url, key_env, concurrency, max_retries, timeout_secs
        )
        self.prompt = checked_prompt(prompt)
        self.options = dict(generate)
        self._server: Server | None = None

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the model is asked."""
        return tuple(self.prompt.split(CAPTIONS))

    @property
    def provenance(self) -> Mapping[str, Any]:
        """The model's name as asked for and as served, for manifests."""
        return self._server.provenance if self._server else {"model": self.choice.model}

    def setup(self, device: str) -> None:
        """Connect; raises what `ServerChoice.connect` raises."""
        self._server = self.choice.connect()

    def write(self, drafts: Sequence[Draft]) -> list[str | Exception]:
        """One sentence a draft; an exception where its request failed for good."""
        server = self._server
        if server is None:
            raise RuntimeError("setup() comes before write()")
        asked = [question(self.prompt, draft) for draft in drafts]
        found = server.ask_all(asked, lambda content: server.chat(content, self.options))
        return [one if isinstance(one, Exception) else " ".join(one) for one in found]
