from dataclasses import replace

import numpy as np
import pytest
from kept_frames import Counting

from ivg.errors import ConfigError, FrameUnavailableError
from ivg.models.embedders.small import SmallEmbedder
from ivg.parts import decode_row, encode_row
from ivg.records import Scene, Video
from ivg.similarity import scene_similarity
from ivg.stage import Drop, Processed, Tally, run_stage
from ivg.stages.embed import Embed

SUBJECTS = [
    "cat",
    "coffee",
    "rocket",
    "cat",
    "bunny",
    "moto",
    "moto",
    "launch",
    "coffee",
    "city",
    "astronaut",
    "rocket",
]


def similarity_of(fields):
    return scene_similarity(Video("id", "a.mp4", **fields)).matrix()


def embedded(stage, video, context):
    stage.setup(context)
    return stage.process(video, context)


def test_embed_tells_subjects_of_the_sample_apart(sample_video, kept_context):
    outcome = embedded(Embed(SmallEmbedder()), sample_video, kept_context)
    similarity = similarity_of(outcome.fields)
    for i, one in enumerate(SUBJECTS):
        for j, other in enumerate(SUBJECTS[:i]):
            low, high = (0.6, 0.75) if one == other == "moto" else (0.95, 1.0)
            low, high = (low, high) if one == other else (-1.0, 0.55)
            assert low <= similarity[i, j] <= high, (one, other)


def test_embed_gives_a_vector_of_single_precision_a_scene(sample_video, kept_context):
    fields = embedded(Embed(SmallEmbedder()), sample_video, kept_context).fields
    vectors = fields["scene_vectors"]
    assert vectors.dtype == np.float32
    assert len(vectors) == len(sample_video.scenes)
    assert fields["similarity_decimals"] is None


def test_embed_encodes_each_frame_once(colour_video, kept_context, tiny_embedder):
    counting = Counting(tiny_embedder)
    twice = replace(colour_video, scenes=(*colour_video.scenes, colour_video.scenes[0]))
    outcome = embedded(Embed(counting), twice, kept_context)
    assert counting.n_images == 9
    assert outcome.tallies == (Tally("frame", 9, 9),)
    assert len(outcome.fields["scene_vectors"]) == 4


def test_embed_features_are_rows_of_kept_frames(colour_video, kept_context, tiny_embedder):
    fields = embedded(Embed(tiny_embedder, k=1), colour_video, kept_context).fields
    images = kept_context.frames.read(colour_video, fields["feature_frames"].tolist())
    assert fields["feature_frames"].tolist() == [1, 4, 7]
    np.testing.assert_allclose(fields["features"], tiny_embedder.embed_images(images), rtol=1e-6)


def test_embed_scene_vector_is_the_mean_of_unnormalised_embeddings(
    colour_video, kept_context, tiny_embedder
):
    fields = embedded(Embed(tiny_embedder), colour_video, kept_context).fields
    similarity = similarity_of(fields)
    a, b = (fields["features"][i : i + 3].astype(float).mean(0) for i in (0, 3))
    np.testing.assert_allclose(fields["scene_vectors"][:2], [a, b], rtol=1e-6)
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert similarity[0, 1] == pytest.approx(expected, abs=1e-6)
    assert similarity[0, 2] > similarity[0, 1]


def test_embed_max_scenes_and_decimals(sample_video, kept_context):
    stage = Embed(SmallEmbedder(), k=1, max_scenes=3, decimals=2)
    similarity = similarity_of(embedded(stage, sample_video, kept_context).fields)
    assert similarity.shape == (3, 3)
    assert (similarity == np.round(similarity, 2)).all()


def test_embed_without_kept_frames_decodes_the_video(sample_video, kept_context):
    bare = replace(sample_video, frame_times=np.zeros(0), scenes=sample_video.scenes[:2])
    fields = embedded(Embed(SmallEmbedder()), bare, kept_context).fields
    kept = embedded(Embed(SmallEmbedder(), max_scenes=2), sample_video, kept_context).fields
    assert len(fields["feature_frames"]) == 0
    assert similarity_of(fields)[0, 1] == pytest.approx(similarity_of(kept)[0, 1], abs=0.05)


@pytest.fixture
def past_the_end(sample_video):
    """A scene of two frames at the end: one published position lies past the video."""
    last = Scene(1371.5 / 30, 1373.5 / 30)
    return replace(sample_video, scenes=(*sample_video.scenes[:2], last))


def test_embed_published_drops_a_video_with_an_unreadable_frame(past_the_end, kept_context):
    stage = Embed(SmallEmbedder(), positions="published", unreadable="drop_video")
    stage.setup(kept_context)
    with pytest.raises(Drop, match="unreadable_frame"):
        stage.process(past_the_end, kept_context)


def test_embed_skips_and_counts_an_unreadable_frame(past_the_end, kept_context):
    outcome = embedded(Embed(SmallEmbedder(), positions="published"), past_the_end, kept_context)
    (tally,) = outcome.tallies
    assert tally.dropped == {"unreadable": 1}
    assert tally.balanced
    assert np.isfinite(outcome.fields["scene_vectors"]).all()


def test_embed_scene_without_any_frame_fails(sample_video, kept_context):
    beyond = replace(sample_video, scenes=(Scene(50.0, 51.0),), frame_times=np.zeros(0))
    with pytest.raises(FrameUnavailableError, match=r"50\.000-51\.000"):
        embedded(Embed(SmallEmbedder()), beyond, kept_context)


def test_embed_without_frames_or_file_is_a_typed_failure(sample_video, kept_context):
    gone = replace(sample_video, path=None, frame_times=np.zeros(0))
    done = run_stage(Embed(SmallEmbedder()), gone, kept_context)
    assert done.failure is not None
    assert done.failure.error == "FrameUnavailableError"


def test_embed_published_without_frame_rate_says_so(sample_video, kept_context):
    unknown = replace(sample_video, fps=0.0)
    with pytest.raises(FrameUnavailableError, match="frame rate"):
        embedded(Embed(SmallEmbedder(), positions="published"), unknown, kept_context)


def test_embed_no_scenes_gives_empty_fields(sample_video, kept_context):
    fields = embedded(Embed(SmallEmbedder()), replace(sample_video, scenes=()), kept_context).fields
    empty = ("features", "feature_frames", "scene_vectors")
    assert [len(fields[name]) for name in empty] == [0, 0, 0]
    assert similarity_of(fields).shape == (0, 0)


@pytest.mark.parametrize("decimals", [None, 3])
def test_embed_result_is_the_same_from_the_store(sample_video, kept_context, decimals):
    stage = Embed(SmallEmbedder(), k=1, decimals=decimals)
    outcome = embedded(stage, sample_video, kept_context)
    rows = encode_row(Processed("id", "out", 0.0, outcome), stage.produces)
    stored = decode_row(rows, 0, stage.produces).outcome.fields
    assert stored["similarity_decimals"] == decimals
    assert (stored["scene_vectors"] == outcome.fields["scene_vectors"]).all()
    assert (similarity_of(stored) == similarity_of(outcome.fields)).all()


@pytest.mark.parametrize(
    ("key", "value"),
    [("k", 0), ("positions", "middle"), ("max_scenes", 0), ("decimals", -1), ("unreadable", "no")],
)
def test_embed_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=f"embed.{key}"):
        Embed(SmallEmbedder(), **{key: value})
