"""Run folders without a run: some rows of some videos, with all the files beside them."""

import json
from functools import cache
from hashlib import blake2b
from pathlib import Path

from composing import composed
from omegaconf import OmegaConf

from ivg.plan import plan_steps, resolved
from ivg.published.lines import to_line
from ivg.summary import checksum

SCENE_SECS = 8.0
N_SCENES = 5
CLEAN = "0123456789abcdef0123456789abcdef01234567"
FILES = ("final_dataset.jsonl", "lineage.jsonl", "videos.jsonl", "scenes_merged_similarity.jsonl")


@cache
def quickstart_config(*overrides):
    config = resolved(composed("experiment=quickstart", *overrides))
    return config, {step.stage.name: step.identity.key for step in plan_steps(config["stages"])}


def id_of(name):
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def row(name, place, caption):
    start, total = place * SCENE_SECS, N_SCENES * SCENE_SECS
    return {
        "video": name,
        "duration": total,
        "start_sec": start,
        "end_sec": start + SCENE_SECS,
        "neg_start_sec": 0.0,
        "neg_end_sec": total,
        "caption": caption,
        "start_scene": place,
        "end_scene": place,
        "neg_start_scene": None,
        "neg_end_scene": None,
    }


def lineage(name, place):
    return {
        "video_id": id_of(name),
        "captioner": "",
        "clip_sim": round(0.5 + place / 20, 3),
        "frame_sims": [0.5, None, 0.25],
        "first_scene": place,
        "last_scene": place,
        "scene_sims": [],
        "sim_before": None if place == 0 else 0.25,
        "sim_after": 0.125,
        "expanded": False,
        "neg_start_reason": "video_start",
        "neg_start_sim": None,
        "neg_end_reason": "video_end",
        "neg_end_sim": None,
    }


def video(name):
    spans = [[i * SCENE_SECS, (i + 1) * SCENE_SECS] for i in range(N_SCENES)]
    return {
        "video": name,
        "video_id": id_of(name),
        "duration": N_SCENES * SCENE_SECS,
        "fps": 25.0,
        "scenes": spans,
        "dropped_scenes": [],
        "segments": [[*span, i, i] for i, span in enumerate(spans)],
        "captions": [],
    }


def summary(n_videos, n_rows):
    def line(stage, unit, n_in, n_out, dropped):
        tally = {"unit": unit, "n_in": n_in, "n_out": n_out, "dropped": dropped, "failed": {}}
        return {"stage": stage, "tally": tally, "seconds": 1.5, "computed": n_in, "key": ""}

    lines = [
        line("source", "video", n_videos + 1, n_videos, {"duplicate": 1}),
        line("filter", "video", n_videos, n_videos, {}),
        line("filter", "caption", n_rows + 3, n_rows, {"below_threshold": 3}),
        line("export", "video", n_videos, n_videos, {}),
    ]
    end = {"n_annotations": n_rows, "examples": [], "message": "", "files": list(FILES)}
    return {"status": "finished", "seconds": 9.25, "lines": lines, **end}


def planted_run(folder: Path, names=("a.mp4", "b.mp4", "c.mp4"), caption="a cat {}", config=None):
    """A run of the quickstart's config; three rows a video."""
    folder.mkdir(parents=True)
    rows = [(name, place) for name in names for place in range(3)]
    lines = {
        FILES[0]: [row(name, i, caption.format(i)) for name, i in rows],
        FILES[1]: [lineage(name, i) for name, i in rows],
        FILES[2]: [video(name) for name in names],
        FILES[3]: [{"video_fname": name, "similarity_matrix": [[1.0]]} for name in names],
    }
    for name, found in lines.items():
        (folder / name).write_bytes(b"".join(map(to_line, found)))
    plain, keys = quickstart_config()
    (folder / "config.yaml").write_text(OmegaConf.to_yaml({**plain, **(config or {})}))
    (folder / "summary.json").write_text(json.dumps(summary(len(names), len(rows))))
    write_manifest(folder, keys, names)
    return folder


def write_manifest(folder, keys, names):
    manifest = {
        "keys": keys,
        "environment": {"python": "3.11", "git_commit": CLEAN, "ivg": "0.1.0"},
        "models": {"embedder": {"model": "tiny", "commit": "abc", "licence": "mit"}},
        "device": "cpu",
        "videos": {name: id_of(name) for name in names},
        "paths": {name: f"/data/of alice/{name}" for name in names},
        "sha256": {name: checksum(folder / name) for name in FILES},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def edit(path: Path, change):
    """Change a JSON file."""
    plain = json.loads(path.read_text())
    change(plain)
    path.write_text(json.dumps(plain))


def rehash(run: Path):
    """What the manifest says of the run's files is true again."""
    edit(
        run / "manifest.json",
        lambda manifest: manifest.update(sha256={name: checksum(run / name) for name in FILES}),
    )
