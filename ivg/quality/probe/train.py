"""Training the probe with several seeds, and what it then finds in a test set."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from ivg.errors import ConfigError
from ivg.quality.metrics import mean_scores, scores_by_query
from ivg.quality.probe.sample import Sample, budget
from ivg.quality.probe.settings import ProbeSettings
from ivg.records import FloatArray

if TYPE_CHECKING:
    from lightning import Trainer

    from ivg.quality.probe.module import ProbeModule

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SeedScores:
    """What one training reached.

    Attributes:
        seed: Its seed.
        n_train: Samples it saw, validation included.
        epochs: Epochs until it stopped.
        scores: By name, as `ivg.quality.metrics.mean_scores` gives them.
    """

    seed: int
    n_train: int
    epochs: int
    scores: dict[str, float]


def train_and_test(
    train: Sequence[Sample], test: Sequence[Sample], settings: ProbeSettings
) -> list[SeedScores]:
    """Train on one set, test on the other, once a seed.

    Raises:
        ConfigError: Less than two training videos, no test sample, or features of two widths.
    """
    check(train, test)
    if settings.n_samples is not None and len(train) < settings.n_samples:
        log.warning(
            "the probe gets %d of the %d training samples of n_samples: not comparable with "
            "runs that have them all",
            len(train),
            settings.n_samples,
        )
    seeds = range(settings.seed, settings.seed + settings.n_seeds)
    return [one_seed(train, test, settings, seed) for seed in seeds]


def check(train: Sequence[Sample], test: Sequence[Sample]) -> None:
    """Refuse sets that can't be learnt from or tested on.

    Raises:
        ConfigError: See `train_and_test`.
    """
    if len({sample.video for sample in train}) < 2:
        raise ConfigError("quality=probe needs samples of at least two videos to train on")
    if not test:
        raise ConfigError("quality=probe needs a benchmark with at least one query")
    widths = {v.shape[-1] for sample in (*train, *test) for v in (sample.features, sample.text)}
    if len(widths) > 1:
        raise ConfigError(
            f"quality=probe: training and benchmark features differ in width: {sorted(widths)}; "
            "embed both with one embedder"
        )


def one_seed(
    train: Sequence[Sample], test: Sequence[Sample], settings: ProbeSettings, seed: int
) -> SeedScores:
    """Train and test once; the checkpoint of the lowest validation loss is tested."""
    from lightning import seed_everything

    from ivg.quality.probe.module import ProbeData, ProbeModule

    drawn = budget(train, settings.n_samples, seed)
    parts = split_by_video(drawn, settings.validation, seed)
    with interruptible(), quiet(), one_thread(), TemporaryDirectory(prefix="ivg-probe-") as folder:
        seed_everything(seed, workers=True, verbose=False)
        module = ProbeModule(test[0].text.shape[-1], settings)
        trainer = make_trainer(settings, Path(folder))
        trainer.fit(module, datamodule=ProbeData(*parts, settings))
        guesses = predictions(trainer, module, test, settings)
    truths = [sample.seconds for sample in test]
    scores = mean_scores(scores_by_query(guesses, truths))
    log.info("probe, seed %d: %d epochs, mIoU %.3f", seed, trainer.current_epoch, scores["mIoU"])
    return SeedScores(seed, len(drawn), trainer.current_epoch, scores)


def split_by_video(
    samples: Sequence[Sample], share: float, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Samples to train and to validate on; a video's samples stay together, both sides get some.

    A budget that draws all its samples from one video leaves nothing to validate on: then the
    training samples validate.
    """
    videos = sorted({sample.video for sample in samples})
    n = min(max(1, round(share * len(videos))), len(videos) - 1)
    chosen = set(np.random.default_rng(seed).permutation(videos)[:n].tolist())
    validation = [sample for sample in samples if sample.video in chosen]
    return [sample for sample in samples if sample.video not in chosen], validation or list(samples)


def make_trainer(settings: ProbeSettings, folder: Path) -> Trainer:
    """A trainer on the CPU that says nothing, stops early and keeps the best weights."""
    from lightning import Trainer
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

    return Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=settings.max_epochs,
        callbacks=[
            EarlyStopping("val_loss", patience=settings.patience),
            ModelCheckpoint(folder, monitor="val_loss", save_weights_only=True),
        ],
        default_root_dir=folder,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def predictions(
    trainer: Trainer, module: ProbeModule, test: Sequence[Sample], settings: ProbeSettings
) -> list[FloatArray]:
    """For each test sample (n, 3): start and end in seconds, and score, by the best weights."""
    from ivg.quality.probe.module import loader

    batches = trainer.predict(module, loader(test, settings), ckpt_path="best", weights_only=True)
    shares = [row for batch in batches or [] for row in batch]
    scale = [np.array([s.duration, s.duration, 1.0]) for s in test]
    return [row * factor for row, factor in zip(shares, scale, strict=True)]


@contextmanager
def interruptible() -> Iterator[None]:
    """Pass an interrupt on as one: Lightning ends the process with code 1 instead."""
    try:
        yield
    except SystemExit as ended:
        raise KeyboardInterrupt(*getattr(ended.__context__, "args", ())) from ended


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch from spreading work so small, which takes longer then and rounds by machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning from telling about devices and workers."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
