"""`experiment=captioner_ablation` on the sample, with tiny checkpoints for the hub's."""

import json

import pytest
from running import books, ivg, rows
from tiny_checkpoints import write_tiny_open_clip
from tiny_hub import write_tiny_hub

CAPTIONERS = ("small", "blip2", "llava")


@pytest.mark.slow
def test_captioner_ablation_shares_split_and_embed(tmp_path):
    clip = write_tiny_open_clip(tmp_path / "clip")
    home = write_tiny_hub(tmp_path / "hub", ["blip2", "llava"])
    encoders = [f"{group}.pretrained={clip}" for group in ("embedder", "scorer")]
    more = [*encoders, "filter=none", "hydra.sweep.dir=sweep"]
    ivg("build", "-m", "experiment=captioner_ablation", *more, cwd=tmp_path, HF_HOME=str(home))
    runs = [tmp_path / "sweep" / str(number) for number in range(3)]
    for stage in ("scan", "split", "embed"):
        assert [books(run)[stage, "video"]["computed"] for run in runs] == [1, 0, 0]
    assert [books(run)["caption", "video"]["computed"] for run in runs] == [1, 1, 1]
    captions = [
        {text for row in rows(run / f"scenes-{name}.jsonl") for text in row["captions"]}
        for run, name in zip(runs, CAPTIONERS, strict=True)
    ]
    assert all(captions)
    assert len(set(map(frozenset, captions))) == 3
    used = [json.loads((run / "manifest.json").read_text())["models"]["captioner"] for run in runs]
    assert [model["model"] for model in used[1:]] == [
        "Salesforce/blip2-flan-t5-xxl",
        "llava-hf/llava-1.5-7b-hf",
    ]
