"""Queries about a benchmark's videos, and what keeps a video of the dataset out of training."""

from dataclasses import replace

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
        first = [Query("000.mp4", None, f"query {i}", ((i, i + 1.0),)) for i in range(8)]
        return [*first, Query("lost", 9.0, "?", ((0, 1),)), Query("twin", 9.0, "?", ((0, 1),))]


@pytest.fixture
def exam(tmp_path):
    context = Context(FrameStore(tmp_path))
    line = Line([], LocalExecutor(), context, tmp_path)
    line.videos = planted(1)
    line.failures = [Failure("scan", "lost", "NotAVideoError", "no video")]
    found = FilesExam(Two(), 1.0)
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


def test_files_without_their_line_are_a_bug(tmp_path):
    with pytest.raises(RuntimeError, match="has not been run"):
        FilesExam(Two(), 1.0).setup(Context(FrameStore(tmp_path)))
