"""Any two datasets: nothing breaks, the books balance, and the way back is the mirror."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from compared_folders import caption, stages, video, write_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference

FLIP = {"added": "removed", "removed": "added", "changed": "changed"}
FATES = st.sampled_from(["annotation", "annotation", "filter", "ground", "hygiene"])
STAGE = st.sampled_from(["split", "embed", "merge", "caption", "score", "filter", "ground"])


@st.composite
def records(draw, name: str) -> dict:
    """A video of 20 s: cuts at whole seconds, merged anyhow; what a run could leave."""
    cuts = [0, *sorted(draw(st.sets(st.integers(1, 19), max_size=5))), 20]
    scenes = [[float(a), float(b)] for a, b in pairwise(cuts)]
    ends = [*sorted(draw(st.sets(st.integers(1, len(scenes)), max_size=3)) - {len(scenes)}),
            len(scenes)]  # fmt: skip
    segments = [
        [scenes[a][0], scenes[b - 1][1], a, b - 1] for a, b in zip([0, *ends], ends, strict=False)
    ]
    said = [
        caption(
            draw(st.sampled_from(["a cat", "a dog", "a hen"])),
            *segment[:2],
            segment=place,
            clip_sim=draw(st.sampled_from([0.4, 0.7])),
            fate=draw(FATES),
        )
        for place, segment in enumerate(segments)
        if draw(st.booleans())
    ]
    more = {"video_id": draw(st.sampled_from(["1", "2"]))} if name == "a.mp4" else {}
    return video(name, *said, scenes=scenes, segments=segments, **more)


@st.composite
def runs(draw) -> dict:
    """What `write_run` takes."""
    names = sorted(draw(st.sets(st.sampled_from(["a.mp4", "b.mp4", "c.mp4"]))))
    changed = draw(st.sets(STAGE, max_size=2))
    end = draw(st.sampled_from([20.0, 16.0]))
    moved = {"neg_end_sec": end, "neg_end_scene": None if end == 20 else 1}
    return {
        "records": [draw(records(name)) for name in names],
        "stages": stages(**{stage: {"other": draw(st.integers(0, 2))} for stage in changed}),
        "rows": {"a cat": moved},
        "like": {"a cat": {"neg_end_sim": draw(st.sampled_from([None, 0.55, 0.9]))}},
    }


def opened(folder: Path, made: dict):
    return open_dataset(write_run(folder, *made.pop("records"), **made))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(runs(), runs())
def test_difference_of_any_two_balances_and_mirrors(one, other):
    with TemporaryDirectory() as home:
        a, b = opened(Path(home, "a"), one), opened(Path(home, "b"), other)
        there, back = Difference(a, b), Difference(b, a)
        found, mirrored = list(there.changes()), list(back.changes())
        assert Counter((c.kind, c.reason.stage, str(c.a), str(c.b)) for c in found) == Counter(
            (FLIP[c.kind], c.reason.stage, str(c.b), str(c.a)) for c in mirrored
        )
        assert there.books.rows["A"] == len(list(a.rows()))
        assert there.books.rows["B"] == len(list(b.rows()))
        assert list(Difference(a, a).changes()) == []
