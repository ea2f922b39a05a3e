"""The golden rows through the command line: `experiment=internvid_g source=internvid_g`."""

import json
from pathlib import Path

import pytest
from running import books, ivg, rows

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "published_semantics.json").read_text())


def write_folder(folder: Path, **files) -> None:
    folder.mkdir()
    (folder / "durations.json").write_text(json.dumps(GOLDEN["durations"]))
    for name, content in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))


@pytest.mark.parametrize("case", [0, 7])
def test_build_equals_golden_value_for_value(tmp_path, case):
    ground = GOLDEN["ground"][case]
    folder = tmp_path / "old work"
    write_folder(
        folder,
        scenes=GOLDEN["scenes"],
        scenes_similarity=GOLDEN["similarity"],
        captions=ground["captions"],
    )
    ivg(
        "build",
        "experiment=internvid_g",
        "source=internvid_g",
        f"source.dir='{folder}'",
        f"scene_merge={ground['merge_method']}",
        f"scene_merge.threshold={ground['merge_threshold']}",
        f"negatives.same_threshold={ground['span_same_threshold']}",
        f"negatives.max_secs={ground['max_caption_span_secs']}",
        "hydra.run.dir=run",
        cwd=tmp_path,
    )
    found = rows(tmp_path / "run" / "final_dataset.jsonl")
    assert found == ground["rows"]
    assert [list(row) for row in found] == [list(row) for row in ground["rows"]]
    merge = next(
        m
        for m in GOLDEN["merge"]
        if (m["method"], m["threshold"]) == (ground["merge_method"], ground["merge_threshold"])
    )
    assert rows(tmp_path / "run" / "scenes-merged.jsonl") == merge["scenes"]
    assert rows(tmp_path / "run" / "scenes_merged_similarity.jsonl") == merge["similarity"]
    assert ("caption", "video") not in books(tmp_path / "run")


def test_build_without_captions_says_that_it_needs_the_videos(tmp_path):
    write_folder(
        tmp_path / "old", scenes=GOLDEN["scenes"][1:3], scenes_similarity=GOLDEN["similarity"][1:3]
    )
    done = ivg(
        "build",
        "source=internvid_g",
        "source.dir=old",
        "hydra.run.dir=run",
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "source.videos" in done.stderr
    assert books(tmp_path / "run")["merge", "video"]["n_out"] == 2
