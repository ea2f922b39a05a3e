"""Several captioners side by side, and a language model that may write one sentence from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ivg.errors import BadModelOutputError, ConfigError
from ivg.models.hub import Absent, absent_of
from ivg.models.protocols import Captioner, Said, prompts_of, provenance_of
from ivg.models.writers.writer import Draft, Writer
from ivg.records import Clip

WRITER = "writer"

T = TypeVar("T")


class EnsembleCaptioner:
    """The captions of every part, by its name, and the writer's under `writer`.

    All are kept and scored; `stages.filter.captioners` says whose may stay. InternVid combined
    Tag2Text, BLIP-2 and Llama 2 so (Wang et al., 2023).
    """

    def __init__(self, parts: Mapping[str, Captioner], writer: Writer | None = None) -> None:
        """Store both.

        Args:
            parts: Captioners by name; each sees as many frames as it wants.
            writer: Writes one sentence from theirs; None for none.

        Raises:
            ConfigError: There is no part, or one is called `writer`.
        """
        # in the order of their names: that of a config's keys is no part of its identity
        self.parts = {
            str(name): part for name, part in sorted(dict(parts).items()) if part is not None
        }
        self.writer = writer
        if not self.parts:
            raise ConfigError("captioner.parts must name at least one captioner")
        for name in self.parts:
            if "." in name:
                raise ConfigError(f"captioner.parts.{name}: a name can't hold a full stop")
        if WRITER in self.parts:
            raise ConfigError(f"captioner.parts.{WRITER}: the name is the writer's; take another")

    @property
    def n_frames(self) -> int:
        """The largest number of frames that a part looks at."""
        return max(part.n_frames for part in self.parts.values())

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the parts and the writer ask."""
        everyone = (*self.parts.values(), self.writer)
        return tuple(prompt for one in everyone for prompt in prompts_of(one))

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What is known of the weights of each."""
        found = {name: provenance_of(part) for name, part in self.parts.items()}
        return {**found, WRITER: provenance_of(self.writer)} if self.writer else found

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What the parts and the writer have to fetch from the hub first."""
        everyone = (*self.parts.values(), self.writer)
        return tuple(one for model in everyone for one in absent_of(model))

    def setup(self, device: str) -> None:
        """Load all weights onto `device`; raises what the parts raise."""
        for part in self.parts.values():
            part.setup(device)
        if self.writer:
            self.writer.setup(device)

    def caption(self, clips: Sequence[Clip]) -> list[Said]:
        """The sentences on each clip by name; the first exception where a part has one."""
        said = {
            name: _counted(name, part.caption([_spread(c, part.n_frames) for c in clips]), clips)
            for name, part in self.parts.items()
        }
        found = [_combined({name: said[name][i] for name in said}) for i in range(len(clips))]
        return self._written(found) if self.writer else list(found)

    def _written(self, drafts: Sequence[Draft | Exception]) -> list[Said]:
        """The drafts, each with the writer's sentence."""
        if self.writer is None:
            return list(drafts)
        whole = [one for one in drafts if not isinstance(one, Exception)]
        texts = iter(_counted(WRITER, self.writer.write(whole), whole))
        found: list[Said] = []
        for draft in drafts:
            text = None if isinstance(draft, Exception) else next(texts)
            if isinstance(draft, Exception) or text is None:
                found.append(draft)
            else:
                found.append(text if isinstance(text, Exception) else {**draft, WRITER: [text]})
        return found


def _counted(name: str, answers: Sequence[T], asked: Sequence[Any]) -> Sequence[T]:
    """The answers, if there is one an item: another count would shift them to other clips."""
    if len(answers) != len(asked):
        raise BadModelOutputError(f"captioner {name}: {len(answers)} answers to {len(asked)} clips")
    return answers


def _combined(said: Mapping[str, Said]) -> Draft | Exception:
    """The sentences of all parts; those of an ensemble within as `outer.inner`."""
    draft: dict[str, Sequence[str]] = {}
    for name, one in said.items():
        if isinstance(one, Exception):
            return one
        if isinstance(one, Mapping):
            draft |= {f"{name}.{inner}": sentences for inner, sentences in one.items()}
        else:
            draft[name] = one
    return draft


def _spread(clip: Clip, n_frames: int) -> Clip:
    """The clip with at most `n_frames` of its frames, evenly chosen; one is the middle one."""
    count = len(clip.frames)
    if count <= n_frames:
        return clip
    chosen = [(2 * i + 1) * count // (2 * n_frames) for i in range(n_frames)]
    return replace(
        clip,
        frames=tuple(clip.frames[i] for i in chosen),
        times=tuple(clip.times[i] for i in chosen),
    )
