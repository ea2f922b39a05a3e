"""Why a row is there in both datasets and not alike: the first stage that went another way."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivg.dataset import FIELDS
from ivg.diff.lost import UNKNOWN, around, other_content, own_caption
from ivg.diff.sides import Entry, VideoSide
from ivg.diff.structure import Compared, Reason, built_otherwise, with_likeness
from ivg.shown import shown

PLACE = ("start_scene", "end_scene", "neg_start_scene", "neg_end_scene")
LIKENESS = ("scene_sims", "sim_before", "sim_after")
BESIDE = {"video_start": "the video starts", "video_end": "the video ends"}


@dataclass(frozen=True)
class Pair:
    """One annotation in both datasets."""

    a: VideoSide
    b: VideoSide
    was: Entry
    now: Entry

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that differ."""
        return tuple(name for name in FIELDS if self.was.row[name] != self.now.row[name])

    @property
    def editors(self) -> str:
        """The datasets in which a reviewer edited the row."""
        edited = {"A": self.was.before is not None, "B": self.now.before is not None}
        return " and ".join(label for label, is_edited in edited.items() if is_edited)

    def zone(self, first: str, last: str) -> tuple[float, float]:
        """From the earlier of both `first` to the later of both `last`, seconds."""
        starts, ends = ((one.row[name] for one in (self.was, self.now)) for name in (first, last))
        return min(starts), max(ends)

    def differs(self, *names: str) -> bool:
        """Whether one of these fields does."""
        return any(name in self.fields for name in names)


def why_changed(pair: Pair, compared: Compared) -> Reason:
    """Why a row changed; `compared` is seen from A."""
    if pair.a.id != pair.b.id:
        return other_content(pair.a, pair.b)
    return (
        of_the_video(pair)
        or of_the_segment(pair, compared)
        or of_the_text(pair, compared)
        or of_the_positive(pair, compared)
        or of_the_span(pair, compared)
        or around(pair.a, pair.b, compared)
        or UNKNOWN
    )


def of_the_video(pair: Pair) -> Reason | None:
    """Its name or its measured duration."""
    if pair.differs("video"):
        detail = f"{shown(pair.a.name)} -> {shown(pair.b.name)}"
        return Reason("source", "the video has another name", detail)
    if pair.differs("duration"):
        detail = f"{pair.was.row['duration']:.3f} -> {pair.now.row['duration']:.3f} s"
        return Reason("split", "the video was measured otherwise", detail)
    return None


def of_the_segment(pair: Pair, compared: Compared) -> Reason | None:
    """Other cuts or merges, in the segment or in what its span and its numbers depend on."""
    if pair.differs("start_sec", "end_sec", "caption"):
        own = [own_caption(side, one) for side, one in ((pair.a, pair.was), (pair.b, pair.now))]
        start, end = min(one["start_sec"] for one in own), max(one["end_sec"] for one in own)
        found = built_otherwise(pair.a, pair.b, start, end, compared)
        if found or pair.differs("caption"):
            return found and with_likeness(found, pair.was.lineage)
    start, end = pair.zone("neg_start_sec", "neg_end_sec")
    # the numbers of segments count from the start of the video
    before = 0.0 if pair.differs(*PLACE) else start
    found = built_otherwise(pair.a, pair.b, before, end, compared)
    if found and set(pair.fields) <= set(PLACE):
        return replace(found, what=f"numbered otherwise: {found.what}")
    return found


def of_the_text(pair: Pair, compared: Compared) -> Reason | None:
    """Another sentence, or the same one said of another time."""
    because = compared.because("caption")
    if pair.differs("caption"):
        detail = f'"{shown(pair.was.row["caption"])}" -> "{shown(pair.now.row["caption"])}"'
        if pair.was.said == pair.now.said:
            return Reason("filter", f"edited by a reviewer in {pair.editors}", detail)
        return Reason("caption", f"the text changed{because}", detail)
    was, now = own_caption(pair.a, pair.was), own_caption(pair.b, pair.now)
    if (was["start_sec"], was["end_sec"]) == (now["start_sec"], now["end_sec"]):
        return None
    return Reason("caption", f"said of another time{because}", moved(pair, "start_sec", "end_sec"))


def of_the_positive(pair: Pair, compared: Compared) -> Reason | None:
    """The positive grew by other neighbours that look the same."""
    if not pair.differs("start_sec", "end_sec"):
        return None
    stage = to_blame(pair, compared)
    what = f"the positive grew otherwise{compared.because(stage)}"
    return Reason(stage, what, moved(pair, "start_sec", "end_sec"))


def of_the_span(pair: Pair, compared: Compared) -> Reason | None:
    """The negative span starts or ends elsewhere."""
    ends = [one for one in ("neg_start", "neg_end") if pair.differs(f"{one}_sec", f"{one}_scene")]
    if not ends:
        return None
    stage = to_blame(pair, compared)
    what = f"the span is another{compared.because(stage)}"
    return Reason(stage, what, "; ".join(span_end(pair, end, compared) for end in ends))


def moved(pair: Pair, first: str, last: str) -> str:
    """`4.00-8.00 -> 4.00-11.50`."""
    spans = (f"{one.row[first]:.2f}-{one.row[last]:.2f}" for one in (pair.was, pair.now))
    return f"{' -> '.join(spans)} s"


def span_end(pair: Pair, end: str, compared: Compared) -> str:
    """One end of the span, and what bounds it where it became or was shorter."""
    was, now = pair.was.row[f"{end}_sec"], pair.now.row[f"{end}_sec"]
    is_shorter = now > was if end == "neg_start" else now < was
    entry, made, label = (
        (pair.now, compared.there, "B") if is_shorter else (pair.was, compared.here, "A")
    )
    verb = "starts" if end == "neg_start" else "ends"
    why = bound(entry, end, made.value("ground", "same_threshold"))
    return f"{verb} at {now:.2f} instead of {was:.2f}: in {label} {why}"


def bound(entry: Entry, end: str, same: float | None) -> str:
    """What is at that end of the span, in words."""
    reason = str(entry.lineage.get(f"{end}_reason"))
    like, place = entry.lineage.get(f"{end}_sim"), entry.row[f"{end}_scene"]
    if place is None:
        return BESIDE.get(reason, f"there is {reason.replace('_', ' ')} time")
    if like is None or same is None or like >= same:
        return f"segment {place} looks alike ({like})"
    return f"the caption fits segment {place} too"


def to_blame(pair: Pair, compared: Compared) -> str:
    """`ground`, or `embed` where other likenesses were found and the step did the same with them.

    Where both differ, the step is to blame if its other threshold alone would have ended the span.
    """
    if "ground" not in compared.changes:
        return "embed" if "embed" in compared.changes else "ground"
    if not likeness_differs(pair):
        return "ground"
    return "ground" if explained(pair, compared) else "embed"


def likeness_differs(pair: Pair) -> bool:
    """Whether the scenes of the segment and beside it look otherwise to the embedder."""
    return any(pair.was.lineage.get(name) != pair.now.lineage.get(name) for name in LIKENESS)


def explained(pair: Pair, compared: Compared) -> bool:
    """Whether what ends the shorter span would not have ended it in the other dataset."""
    for entry, other in ((pair.was, compared.there), (pair.now, compared.here)):
        same = other.value("ground", "same_threshold")
        likes = (entry.lineage.get("neg_start_sim"), entry.lineage.get("neg_end_sim"))
        if same is not None and any(like is not None and like < same for like in likes):
            return True
    return False
