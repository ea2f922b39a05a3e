"""Why a row of one dataset is not in the other: the first stage that went another way."""

from __future__ import annotations

from collections.abc import Mapping

from ivg.dataset import Row
from ivg.diff.configs import Made
from ivg.diff.rows import captioner, iou, sentence
from ivg.diff.sides import Entry, VideoSide
from ivg.diff.structure import Compared, Reason, built_otherwise, with_likeness
from ivg.shown import shown

KEPT_BY_HAND = {"keep": "kept", "edit": "kept and edited"}
UNKNOWN = Reason("unknown", "nothing that is recorded tells why", "")


def why_lost(
    here: VideoSide,
    there: VideoSide | None,
    entry: Entry,
    compared: Compared,
    failed: Mapping[str, tuple[str, str]],
) -> Reason:
    """Why a row is not there.

    Args:
        here: The video in the dataset that has the row.
        there: In the other one; None where it does not have it.
        entry: The row.
        compared: How both were made.
        failed: Videos that failed there: the stage and the type of the error.
    """
    if there is None:
        return without_video(here, compared, failed)
    if here.id != there.id:
        return other_content(here, there)
    own = own_caption(here, entry)
    start, end = own["start_sec"], own["end_sec"]
    built = built_otherwise(here, there, start, end, compared)
    if built is not None:
        return with_likeness(built, entry.lineage)
    return (
        said_otherwise(there, own, compared)
        or dropped(own, same_caption(there, own), compared)
        or around(here, there, compared)
        or UNKNOWN
    )


def without_video(
    here: VideoSide, compared: Compared, failed: Mapping[str, tuple[str, str]]
) -> Reason:
    """The other dataset has no such video."""
    if here.name in failed:
        stage, error = failed[here.name]
        return Reason(stage, f"the video failed in {compared.label}: {error}", shown(here.name))
    return Reason("source", f"the video is only in {here.label}", shown(here.name))


def other_content(here: VideoSide, there: VideoSide) -> Reason:
    """The file of this name is another one."""
    both = sorted((here, there), key=lambda side: side.label)
    detail = f"{shown(here.name)}: {' -> '.join(side.id for side in both)}"
    return Reason("source", "the video has another content", detail)


def own_caption(side: VideoSide, entry: Entry) -> Row:
    """The caption that became a row; the row itself where none is known."""
    said = side.said[sentence(entry)]
    rows = [one for one in said if one.get("fate") == "annotation"]
    near = [one for one in rows or said if iou(one, entry.row) > 0]
    if not near:
        return {**entry.row, "captioner": captioner(entry), **entry.lineage}
    return max(near, key=lambda one: iou(one, entry.row))


def same_caption(there: VideoSide, own: Row) -> Row | None:
    """The caption in the other dataset, whatever became of it there; one that was kept last."""
    said = there.said[own.get("captioner", ""), own["caption"]]
    near = [one for one in said if iou(one, own) > 0]
    return max(near, key=lambda one: (iou(one, own), one["fate"] != "annotation"), default=None)


def said_otherwise(there: VideoSide, own: Row, compared: Compared) -> Reason | None:
    """The segment is there, the sentence is not."""
    if same_caption(there, own) is not None:
        return None
    because = compared.because("caption")
    others = there.said_of[own.get("captioner", ""), own["start_sec"], own["end_sec"]]
    if not others:
        what = f"no caption in {compared.label}{because}"
        return Reason("caption", what, f"{own['start_sec']:.2f}-{own['end_sec']:.2f} s")
    detail = f'"{shown(own["caption"])}", in {compared.label} "{shown(others[0]["caption"])}"'
    return Reason("caption", f"the text differs{because}", detail)


def dropped(own: Row, other: Row | None, compared: Compared) -> Reason | None:
    """The caption is there, and was dropped there."""
    if other is None or other["fate"] not in DROPPED_BY:
        return None
    return DROPPED_BY[other["fate"]](own, other, compared)


def by_hygiene(own: Row, other: Row, compared: Compared) -> Reason:
    """It was no caption to the rules of hygiene."""
    because = compared.because("hygiene") or " (its rules saw other captions)"
    what = f"dropped as no caption in {compared.label}{because}"
    return Reason("hygiene", what, f'"{shown(own["caption"])}"')


def by_filter(own: Row, other: Row, compared: Compared) -> Reason:
    """A reviewer decided so, or it did not fit well enough."""
    before, after = own.get("clip_sim"), other.get("clip_sim")
    cut = threshold(compared.there)
    limit = "" if cut is None else f" < threshold {cut:g}"
    detail = f"clip_sim {number(after)}{limit}"
    if before != after:
        detail += f" (in the other {number(before)})"
    by_hand = decided_by_hand(own, other, compared)
    if by_hand is not None:
        return Reason("filter", by_hand, f'"{shown(own["caption"])}": {detail}')
    if is_scored_otherwise(own, other, compared):
        because = compared.because("embed", "caption", "score")
        return Reason("score", f"another clip_sim, too low in {compared.label}{because}", detail)
    because = compared.because("filter") or " (the cut-off is of the whole set)"
    return Reason("filter", f"clip_sim too low in {compared.label}{because}", detail)


def decided_by_hand(own: Row, other: Row, compared: Compared) -> str | None:
    """What a reviewer did to make the difference; None where the rule would have made it alone."""
    if other.get("reviewed") == "reject":
        return f"rejected by a reviewer in {compared.label}"
    kept = KEPT_BY_HAND.get(str(own.get("reviewed")))
    cut, fit = threshold(compared.here), own.get("clip_sim")
    by_score = cut is not None and fit is not None and fit >= cut
    return None if kept is None or by_score else f"{kept} by a reviewer in {compared.own_label}"


def is_scored_otherwise(own: Row, other: Row, compared: Compared) -> bool:
    """Whether the score is to blame, and not how it is pooled and where it is cut off.

    Where both differ, the threshold is to blame if it would have dropped the old score too.
    """
    if own.get("frame_sims") == other.get("frame_sims"):
        return False
    cut, before = threshold(compared.there), own.get("clip_sim")
    explained = cut is not None and before is not None and before < cut
    return not ("filter" in compared.changes and explained)


def threshold(made: Made) -> float | None:
    """A dataset's threshold on clip_sim, if its rule has one, or that for unmarked captions."""
    for path in (("threshold",), ("unmarked", "threshold")):
        value = made.value("filter", "rule", *path)
        if isinstance(value, int | float):
            return value
    return None


def by_ground(own: Row, other: Row, compared: Compared) -> Reason | None:
    """It got no negative span; None where nothing in the step itself differs."""
    because = compared.because("ground")
    if not because:
        return None
    secs = other["end_sec"] - other["start_sec"]
    why = "no context, or too long once expanded"
    for name, is_out in (("min_secs", secs.__lt__), ("max_secs", secs.__gt__)):
        limit = compared.there.value("ground", name)
        if isinstance(limit, int | float) and is_out(limit):
            why = f"negatives.{name} is {limit:g}"
    detail = f"{other['start_sec']:.2f}-{other['end_sec']:.2f} s: {secs:.2f} s; {why}"
    return Reason("ground", f"given no span in {compared.label}{because}", detail)


DROPPED_BY = {"hygiene": by_hygiene, "filter": by_filter, "ground": by_ground}


def around(here: VideoSide, there: VideoSide, compared: Compared) -> Reason | None:
    """What differs elsewhere in the video, or in how alike its segments look."""
    built = built_otherwise(here, there, 0.0, float("inf"), compared)
    if built is not None:
        return Reason(built.stage, f"{built.what}, elsewhere in the video", built.detail)
    for stage in ("embed", "merge", "ground"):
        if stage in compared.changes:
            what = f"other likenesses around it{compared.because(stage)}"
            return Reason(stage, what, "")
    return None


def number(value: float | None) -> str:
    """A score as it is written."""
    return "unknown" if value is None else f"{value:g}"
