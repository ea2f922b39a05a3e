"""Queries about a benchmark's videos, and what keeps a video of the dataset out of training."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted

from ivg.executors.local import LocalExecutor
from ivg.pipeline import Line
from ivg.quality.benchmarks.benchmark import Query
from ivg.quality.probe.exams import FilesExam
from ivg.stage import Context, Failure
from ivg.video.frames import FrameStore


class Two:
    """Eight queries about the first planted video, one each about two others."""

    videos = "none"

    def queries(self):
        first = [Query("000.mp4", None, f"subject 0 {i} seen", ((i, i + 1.0),)) for i in range(8)]
        return [*first, Query("lost", 9.0, "?", ((0, 1),)), Query("twin", 9.0, "?", ((0, 1),))]


class Reader:
    """Reads a text as its length in every direction."""

    def __init__(self):
        self.set_up = []

    def setup(self, device):
        self.set_up.append(device)

    def embed_texts(self, texts):
        return np.array([np.full(64, float(len(text))) for text in texts])


@pytest.fixture
def judge():
    return Reader()


@pytest.fixture
def exam(tmp_path, judge):
    context = Context(FrameStore(tmp_path))
    line = Line([], LocalExecutor(), context, tmp_path)
    line.videos = planted(1)
    line.failures = [Failure("scan", "lost", "NotAVideoError", "no video")]
    found = FilesExam(Two(), judge, 1.0)
    found.setup(replace(context, benchmark=line))
    return found


def test_a_video_that_the_benchmark_holds_is_not_trained_on(exam):
    assert [exam.keeps_out(video) for video in planted(3)] == [True, False, False]


def test_queries_take_their_own_vectors_and_the_lost_ones_are_named(exam):
    asked = exam.gather()
    [video] = planted(1)
    assert [sample.text.tolist() for sample in asked.samples] == video.judge_captions.tolist()
    assert [sample.seconds[0, 0] for sample in asked.samples] == list(range(8))
    assert asked.left_out == {"NotAVideoError": {"lost": 1}, "dropped": {"twin": 1}}
    assert asked.n_left_out == 2


def test_queries_share_the_features_of_their_video(exam):
    samples = exam.gather().samples
    assert all(np.shares_memory(samples[0].features, sample.features) for sample in samples)


def test_stored_texts_of_another_name_are_not_taken_for_a_videos_own(exam, judge):
    """The id has come to name a file whose stored queries are others, in other order."""
    [video] = exam.line.videos
    others = tuple(replace(caption, text=f"else {i}") for i, caption in enumerate(video.captions))
    swapped = replace(others[0], text="subject 0 7 seen")
    exam.line.videos = [replace(video, captions=(swapped, *others[1:]))]
    asked = exam.gather()
    assert len(asked.samples) == 8
    assert asked.samples[7].text.tolist() == video.judge_captions[0].tolist()
    assert [sample.text[0] for sample in asked.samples[:7]] == [len("subject 0 0 seen")] * 7
    assert judge.set_up == ["cpu"]


def test_files_without_their_line_are_a_bug(tmp_path):
    with pytest.raises(RuntimeError, match="has not been run"):
        FilesExam(Two(), Reader(), 1.0).setup(Context(FrameStore(tmp_path)))
