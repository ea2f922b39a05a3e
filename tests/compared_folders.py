"""Run folders to compare, made by hand: no video, no model, a few captions of a few segments."""

import copy
import json
from pathlib import Path
from typing import Any

STAGES: dict[str, Any] = {
    "split": {"threshold": 27.0},
    "embed": {"k": 3},
    "merge": {"rule": {"threshold": 0.6}},
    "caption": {"min_secs": 1.0},
    "score": {"k": 3},
    "hygiene": {"rules": {}},
    "filter": {"rule": {"threshold": 0.5}},
    "ground": {"same_threshold": 0.6, "min_secs": 0.5, "max_secs": 10},
}
DURATION = 20.0
MERGED = [[0.0, 4.0, 0, 0], [4.0, 12.0, 1, 2], [12.0, 16.0, 3, 3], [16.0, 20.0, 4, 4]]


def stages(**changed: Any) -> dict[str, Any]:
    """The configs, with some stages' replaced."""
    return {**copy.deepcopy(STAGES), **changed}


def caption(text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    known = {"segment": int(start // 4), "captioner": "", "clip_sim": 0.7, "frame_sims": [0.7]}
    times = {"start_sec": start, "end_sec": end}
    return {**times, "caption": text, **known, "fate": "annotation", **more}


def video(name: str = "a.mp4", *captions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A record of `videos.jsonl` with scenes and segments of 4 s."""
    cuts = [[float(s), s + 4.0] for s in range(0, int(DURATION), 4)]
    segments = [[*cut, i, i] for i, cut in enumerate(cuts)]
    record = {"video": name, "video_id": f"id of {name}", "duration": DURATION, "fps": 25.0}
    record |= {"scenes": cuts, "dropped_scenes": [], "segments": segments}
    return {**record, "captions": list(captions), **more}


def row(record: dict[str, Any], said: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The row of a caption that became one; its span is the video."""
    times = {name: said[name] for name in ("start_sec", "end_sec")}
    span = {"neg_start_sec": 0.0, "neg_end_sec": record["duration"]}
    place = {"start_scene": said["segment"], "end_scene": said["segment"]}
    none = {"neg_start_scene": None, "neg_end_scene": None}
    head = {"video": record["video"], "duration": record["duration"]}
    text = said.get("rewritten") or said["caption"]
    return {**head, **times, **span, "caption": text, **place, **none, **more}


def lineage(record: dict[str, Any], said: dict[str, Any], **more: Any) -> dict[str, Any]:
    scored = {name: said[name] for name in ("captioner", "clip_sim", "frame_sims")}
    ends = {"neg_start_reason": "video_start", "neg_end_reason": "video_end"}
    sims = {"scene_sims": [], "sim_before": 0.1, "sim_after": 0.1}
    beside = {"neg_start_sim": None, "neg_end_sim": None, "edited": bool(said.get("rewritten"))}
    beside["caption_index"] = record["captions"].index(said)
    return {"video_id": record["video_id"], **scored, **sims, **ends, **beside, **more}


def write_run(
    folder: Path,
    *records: dict[str, Any],
    stages: dict[str, Any] = STAGES,
    rows: dict[str, dict[str, Any]] | None = None,
    like: dict[str, dict[str, Any]] | None = None,
    failures: list[dict[str, Any]] | None = None,
) -> Path:
    """A run folder; `rows` and `like` change fields of the row and the lineage of a sentence."""
    folder.mkdir(parents=True)
    kept = [(r, c) for r in records for c in r["captions"] if c["fate"] == "annotation"]
    made = [row(r, c, **(rows or {}).get(c["caption"], {})) for r, c in kept]
    came = [lineage(r, c, **(like or {}).get(c["caption"], {})) for r, c in kept]
    lines = {"final_dataset": made, "lineage": came, "videos": records, "failures": failures or []}
    for name, objects in lines.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in objects))
    upstream, keys = "", {}
    for name, config in stages.items():
        upstream = keys[name] = f"{hash((upstream, json.dumps(config)))}"
    ids = {record["video"]: record["video_id"] for record in records}
    manifest = {"keys": keys, "environment": {}, "models": {}, "videos": ids}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "config.yaml").write_text(json.dumps({"stages": stages}))
    return folder


def made(*captions: dict, **more) -> dict:
    record = {name: more.pop(name) for name in ("scenes", "segments", "video_id", "duration")
              if name in more}  # fmt: skip
    return {"videos": [video("a.mp4", *captions, **record)], **more}
