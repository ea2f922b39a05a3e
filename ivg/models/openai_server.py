"""Servers that speak the OpenAI protocol: vLLM, SGLang, llama.cpp, hosted ones."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ivg.errors import CaptionRequestError, ConfigError, MissingDependencyError, ServerRefusedError
from ivg.ranges import number_within, text, whole_within

NO_KEY = "none"
"""What is sent where no key is set; servers of one's own mostly want none."""
REFUSED = (401, 404)
"""Answers that every other request would get too: wrong key, no such model."""
KEY_NAME = re.compile(r"\w*_API_KEY")
"""Names of variables that may be sent: a stranger's YAML must not ask for another secret."""

NO_MONEY = "insufficient_quota"
GREETINGS = 2

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerChoice:
    """Which server, and how it is asked. The key stays in the environment.

    Attributes:
        key: `captioner`, for messages.
        model: The model's name there.
        base_url: `http(s)://host/v1`; None for OPENAI_BASE_URL, or OpenAI itself.
        key_env: The environment variable that holds the key.
        concurrency: Requests under way at a time.
        max_retries: Of one request, with back-off, by the client.
        timeout_secs: Of one try.

    Raises:
        ConfigError: A value is out of range.
    """

    key: str
    model: str
    base_url: str | None
    key_env: str
    concurrency: int
    max_retries: int
    timeout_secs: float

    def __post_init__(self) -> None:
        text(f"{self.key}.model", self.model)
        if not KEY_NAME.fullmatch(text(f"{self.key}.key_env", self.key_env)):
            raise ConfigError(
                f"{self.key}.key_env must name a variable that ends in _API_KEY, got "
                f"{self.key_env!r}"
            )
        whole_within(f"{self.key}.concurrency", self.concurrency, 1)
        whole_within(f"{self.key}.max_retries", self.max_retries, 0)
        number_within(f"{self.key}.timeout_secs", self.timeout_secs, 0.01)
        if self.base_url is not None:
            check_url(f"{self.key}.base_url", text(f"{self.key}.base_url", self.base_url))

    def connect(self) -> Server:
        """A client of the server, which answers and takes the key.

        Raises:
            CaptionRequestError: No server answers.
            ConfigError: OPENAI_BASE_URL is no address that may be asked.
            MissingDependencyError: The extra is not installed.
            ServerRefusedError: It does not take the key.
        """
        try:
            import openai
        except ImportError as error:
            raise MissingDependencyError(
                f"{self.key} asks a server: run `pip install 'ivg[openai]'`"
            ) from error
        logging.getLogger("httpx").setLevel(logging.WARNING)
        secret = os.environ.get(self.key_env) or NO_KEY
        if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
            raise ConfigError(f"${self.key_env} holds characters that no key has: set it again")
        client = openai.OpenAI(
            api_key=secret,
            base_url=self.base_url,
            max_retries=self.max_retries,
            timeout=self.timeout_secs,
        )
        if self.base_url is None:
            check_url("OPENAI_BASE_URL", os.environ.get("OPENAI_BASE_URL") or str(client.base_url))
        sent = f"with ${self.key_env}" if os.environ.get(self.key_env) else "without a key"
        log.info("%s: asking %s %s", self.key, client.base_url, sent)
        server = Server(self, client)
        server.greet()
        return server


@dataclass(frozen=True)
class Server:
    """An open connection.

    Attributes:
        choice: Which server.
        client: Of the `openai` package; safe to share by threads.
        served: Names and fingerprints of the models that answered.
    """

    choice: ServerChoice
    client: Any
    served: set[str] = field(default_factory=set)

    def greet(self) -> None:
        """Fail before any picture is sent, where nobody answers or the key is not taken.

        Raises:
            CaptionRequestError: No server answers.
            ServerRefusedError: It does not take the key.
        """
        import openai

        patient = self.client.with_options(max_retries=min(self.choice.max_retries, GREETINGS))
        try:
            patient.models.list()
        except openai.APIStatusError as error:
            if error.status_code == REFUSED[0]:
                raise ServerRefusedError(
                    f"{self._place}: {self._plain(error)}; {self._advice}"
                ) from None
            log.debug("%s: no list of models (%s)", self._place, error.status_code)
        except openai.APIConnectionError as error:
            raise CaptionRequestError(f"{self._place}: {self._plain(error)}") from None
        except Exception as error:  # noqa: BLE001 - what is no list is of no use, and no harm
            log.debug("%s: no list of models (%s)", self._place, self._plain(error))

    def ask_all(
        self, items: Sequence[T], ask: Callable[[T], Sequence[str]]
    ) -> list[Sequence[str] | Exception]:
        """The answers to all items, up to `concurrency` of them asked at a time.

        An item whose requests fail in the end has the error in its place.

        Raises:
            ServerRefusedError: No request can succeed.
        """

        def answered(item: T) -> Sequence[str] | Exception:
            try:
                return ask(item)
            except CaptionRequestError as error:
                return error

        pool = ThreadPoolExecutor(self.choice.concurrency)
        try:
            under_way = [pool.submit(answered, item) for item in items]
            return [one.result() for one in under_way]
        finally:
            # told to stop, nobody waits for the requests under way
            pool.shutdown(wait=False, cancel_futures=True)

    def chat(
        self, content: str | Sequence[Mapping[str, Any]], options: Mapping[str, Any]
    ) -> list[str]:
        """The answers to one turn of a user; more than one with `n`."""
        create = self.client.chat.completions.create
        turn = [{"role": "user", "content": content}]
        found = self.call(lambda: create(model=self.choice.model, messages=turn, **options))
        try:
            answers = [self._answer(choice) for choice in found.choices]
            served = f"{found.model} {getattr(found, 'system_fingerprint', None) or ''}"
        except (AttributeError, TypeError) as error:
            raise CaptionRequestError(f"{self._place}: no chat completion came back") from error
        if not answers:
            raise CaptionRequestError(f"{self._place}: the answer holds no choice")
        self.served.add(self._hidden(served.strip()))
        return answers

    def _answer(self, choice: Any) -> str:
        """The text of a choice; what was never written is no empty caption.

        Raises:
            CaptionRequestError: There is no text.
        """
        content = choice.message.content
        if isinstance(content, str):
            return self._hidden(content)
        reason = getattr(choice, "finish_reason", None)
        raise CaptionRequestError(
            f"{self._place}: an answer without text (finish_reason {reason}); `length` wants more "
            f"{self.choice.key}.generate.max_tokens"
        )

    def call(self, request: Callable[[], Any]) -> Any:
        """Make a request; the client has tried again where that could help.

        Raises:
            CaptionRequestError: It failed.
            ServerRefusedError: It would fail for every item.
        """
        import openai

        try:
            return request()
        except openai.APIStatusError as error:
            said = self._plain(error)
            if error.status_code in REFUSED or error.code == NO_MONEY:
                raise ServerRefusedError(f"{self._place}: {said}; {self._advice}") from None
            raise CaptionRequestError(f"{self._place}: {said}") from None
        except openai.APITimeoutError:
            limit = f"no answer in {self.choice.timeout_secs:g} s"
            more = f"{self.choice.key}.timeout_secs or .max_retries would allow more"
            raise CaptionRequestError(f"{self._place}: {limit}; {more}") from None
        except (openai.APIError, ValueError) as error:
            raise CaptionRequestError(f"{self._place}: {self._plain(error)}") from None

    @property
    def provenance(self) -> Mapping[str, Any]:
        """The model as asked for and as served; neither the place nor the key."""
        return {"model": self.choice.model, "served": sorted(self.served)}

    @property
    def _place(self) -> str:
        return f"{self.choice.key}.model={self.choice.model} at {self.client.base_url}"

    @property
    def _advice(self) -> str:
        return f"check {self.choice.key}.model, .base_url and the key in ${self.choice.key_env}"

    def _plain(self, error: Exception) -> str:
        """What the server said, without the key, which some repeat."""
        return self._hidden(str(error))

    def _hidden(self, text: str) -> str:
        key = str(self.client.api_key)
        return text if key == NO_KEY else text.replace(key, "***")


def check_url(key: str, url: str) -> None:
    """Refuse addresses that are no http(s), or hold a password or a query, which may be one.

    Raises:
        ConfigError: The message names `key`, and never the password.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ConfigError(f"{key} holds a user name or password: set the key's variable instead")
    if parts.query or parts.fragment:
        raise ConfigError(f"{key} must end after its path: a query may hold a secret")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{key} must be http(s)://host[:port]/v1, got {url!r}")
