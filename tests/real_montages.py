"""A good dataset of real frames: what montages show, read by the small judge; its corruption."""

from dataclasses import replace

import numpy as np
from composing import composed

from ivg.models.scorers.small import SmallScorer
from ivg.plan import make_plan, resolved
from ivg.records import Annotation, Caption
from ivg.sample.clip import sample_scenes
from ivg.truth import caption_is_right

STAGES = ("scan", "split", "judge_frames")
CAPTION_OF = {scene.subject: scene.caption for scene in sample_scenes()}


def good_montages(folder, n_videos):
    """Montages through the real stages; a row a run of true scenes of one subject."""
    overrides = ("source=montage", f"source.n_videos={n_videos}", "source.secs=[1.0,1.5]")
    config = resolved(
        composed("experiment=quickstart", "judge=small", f"store.dir={folder}", *overrides)
    )
    config["stages"] = {name: config["stages"][name] for name in STAGES}
    plan = make_plan(config, folder / "run")
    plan.line.run(plan.source)
    judge = SmallScorer(classifier="lite2", role="judge")
    judge.setup("cpu")
    texts = sorted(set(CAPTION_OF.values()))
    told = {
        "captions": tuple(Caption(0.0, 1.0, text) for text in texts),
        "judge_captions": judge.embed_texts(texts),
    }
    seen = [plan.line.hydrate(video, ("judge_frames", "judge_times")) for video in plan.line.videos]
    return [replace(video, annotations=tuple(rows_of(video)), **told) for video in seen]


def runs_of(truth):
    """(start, end, subject) of neighbours of one subject taken together."""
    runs = []
    for scene in truth.scenes:
        if runs and runs[-1][2] == scene.subject:
            runs[-1] = (runs[-1][0], scene.end_sec, scene.subject)
        else:
            runs.append((scene.start_sec, scene.end_sec, scene.subject))
    return runs


def rows_of(video):
    """The span of each run reaches to the nearest runs that its caption is right of too."""
    runs = runs_of(video.truth)
    for i, (start, end, subject) in enumerate(runs):
        caption = CAPTION_OF[subject]
        alike = [j for j, run in enumerate(runs) if caption_is_right(caption, run[2])]
        first = max((runs[j][1] for j in alike if j < i), default=0.0)
        last = min((runs[j][0] for j in alike if j > i), default=video.duration)
        if first < start or last > end:
            yield Annotation(
                video.name, video.duration, start, end, first, last, caption, i, i, None, None
            )


def places(videos):
    return [(v, r) for v, video in enumerate(videos) for r in range(len(video.annotations))]


def changed(videos, share, change, seed=1, fitting=lambda _video, _row: True):
    """`change(video, row)` for a share of the fitting rows; a larger share holds a smaller one."""
    fit = [(v, r) for v, r in places(videos) if fitting(videos[v], videos[v].annotations[r])]
    order = np.random.default_rng(seed).permutation(len(fit))[: round(share * len(fit))]
    rows = [list(video.annotations) for video in videos]
    for v, r in (fit[i] for i in sorted(order)):
        rows[v][r] = change(v, r)
    return [replace(video, annotations=tuple(row)) for video, row in zip(videos, rows, strict=True)]


def shuffled_between(videos, share):
    """A share of the rows says what a row of the next video says, where that is something else."""

    def change(v, r):
        row = videos[v].annotations[r]
        donors = videos[(v + 1) % len(videos)].annotations
        others = [one.caption for one in donors if one.caption != row.caption]
        return replace(row, caption=others[r % len(others)])

    return changed(videos, share, change)


def shuffled_within(videos, share):
    """A share of the rows says what the next row that says something else says."""

    def change(v, r):
        rows = videos[v].annotations
        others = [one.caption for one in rows[r + 1 :] + rows[:r] if one.caption != rows[r].caption]
        return replace(rows[r], caption=others[0])

    return changed(videos, share, change)


def shifted(videos, share):
    """A share of the segments lies later by half its length, in the same span."""

    def change(v, r):
        row = videos[v].annotations[r]
        delay = (row.end_sec - row.start_sec) / 2
        late = row.neg_end_sec >= row.end_sec + delay
        delay = delay if late else -delay
        start, end = row.start_sec + delay, row.end_sec + delay
        first, last = min(row.neg_start_sec, start), max(row.neg_end_sec, end)
        return replace(row, start_sec=start, end_sec=end, neg_start_sec=first, neg_end_sec=last)

    return changed(videos, share, change)


def widened(videos, share):
    """A share of the spans that end at a twin takes in the whole video."""

    def change(v, r):
        row = videos[v].annotations[r]
        return replace(row, neg_start_sec=0.0, neg_end_sec=row.duration)

    def narrow(_, row):
        return row.neg_start_sec > 0 or row.neg_end_sec < row.duration

    return changed(videos, share, change, fitting=narrow)
