"""Run folders made of nothing, as many rows as a test wants, with odd texts where it wants them."""

import json
import random
from pathlib import Path

SCENE_SECS = 4.0
WORDS = ("a", "cat", "dog", "walks", "runs", "over", "the", "hill", "road", "red", "blue", "old")


def tally(unit: str, n_in: int, n_out: int, **dropped: int) -> dict:
    return {"unit": unit, "n_in": n_in, "n_out": n_out, "dropped": dropped, "failed": {}}


def line(stage: str, one: dict) -> dict:
    return {"stage": stage, "tally": one, "seconds": 0.0, "computed": 1, "key": "k"}


def one_video(number: int, scenes: int, chance: random.Random, caption=None, name=None):
    """Record, rows, lineage and matrix; each scene is a segment, the last caption was dropped."""
    duration, video = scenes * SCENE_SECS, name or f"video-{number:05d}.mp4"
    times = [[i * SCENE_SECS, (i + 1) * SCENE_SECS] for i in range(scenes)]
    sims = [round(chance.uniform(0.2, 0.9), 3) for _ in range(scenes)]
    texts = [caption or " ".join(chance.choices(WORDS, k=6)) for _ in range(scenes)]
    keys = {"video_id": f"{number:032x}"}
    captions = [
        {
            "start_sec": start,
            "end_sec": end,
            "caption": text,
            "rewritten": None,
            "reviewed": None,
            "segment": i,
            "captioner": "",
            "clip_sim": sim,
            "frame_sims": [sim],
            "fate": "annotation" if i < scenes - 1 else "filter",
        }
        for i, ((start, end), text, sim) in enumerate(zip(times, texts, sims, strict=True))
    ]
    record = {
        "video": video,
        **keys,
        "duration": duration,
        "fps": 30.0,
        "scenes": times,
        "dropped_scenes": [],
        "segments": [[*pair, i, i] for i, pair in enumerate(times)],
        "captions": captions,
    }
    rows, lineage = [], []
    for i in range(scenes - 1):
        bound = i + 2 if i + 2 < scenes else None
        rows.append(
            {
                "video": video,
                "duration": duration,
                "start_sec": times[i][0],
                "end_sec": times[i][1],
                "neg_start_sec": 0.0,
                "neg_end_sec": duration if bound is None else times[bound][0],
                "caption": texts[i],
                "start_scene": i,
                "end_scene": i,
                "neg_start_scene": None,
                "neg_end_scene": bound,
            }
        )
        lineage.append(
            {
                **keys,
                "caption_index": i,
                "edited": False,
                "captioner": "",
                "clip_sim": sims[i],
                "frame_sims": [sims[i]],
                "first_scene": i,
                "last_scene": i,
                "scene_sims": [],
                "sim_before": None if i == 0 else 0.1,
                "sim_after": 0.1,
                "expanded": False,
                "neg_start_reason": "video_start",
                "neg_start_sim": None,
                "neg_end_reason": "segment" if bound else "video_end",
                "neg_end_sim": 0.9 if bound else None,
            }
        )
    matrix = [[1.0 if i == j else 0.25 for j in range(scenes)] for i in range(scenes)]
    return record, rows, lineage, {"video_fname": video, "similarity_matrix": matrix}


def write_run(folder: Path, videos: int, scenes: int = 6, caption=None, name=None) -> Path:
    """A run of so many videos, each with `scenes - 1` rows."""
    folder.mkdir(parents=True)
    chance = random.Random(0)
    made = [one_video(n, scenes, chance, caption, name) for n in range(videos)]
    files = {
        "videos.jsonl": [one[0] for one in made],
        "final_dataset.jsonl": [row for one in made for row in one[1]],
        "lineage.jsonl": [row for one in made for row in one[2]],
        "scenes_merged_similarity.jsonl": [one[3] for one in made],
    }
    for file, lines in files.items():
        text = "".join(json.dumps(one) + "\n" for one in lines)
        (folder / file).write_text(text)
    n_rows = len(files["final_dataset.jsonl"])
    summary = {
        "status": "finished",
        "seconds": 1.0,
        "lines": [
            line("source", tally("video", videos, videos)),
            line("split", tally("scene", videos * scenes, videos * scenes)),
            line("filter", tally("caption", videos * scenes, n_rows, below_threshold=videos)),
            line("ground", tally("caption", n_rows, n_rows)),
        ],
        "n_annotations": n_rows,
        "examples": [],
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    names = {one[0]["video"]: one[0]["video_id"] for one in made}
    (folder / "manifest.json").write_text(json.dumps({"keys": {"split": "k"}, "videos": names}))
    (folder / "config.yaml").write_text("negatives: {same_threshold: 0.8}\n")
    return folder
