"""`datasets.load_dataset(folder)` loads what was released."""

import json
import os
import subprocess
import sys

from running import rows as rows_of

LOAD = """
import json, sys
from datasets import load_dataset
found = load_dataset(sys.argv[1])
print(json.dumps({name: split.to_list() for name, split in found.items()}))
"""


def loaded(folder, cache):
    offline = {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)],
        env={**os.environ, **offline},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_load_dataset_gives_all_splits_rows_and_columns(kept_release, tmp_path):
    found = loaded(kept_release, tmp_path)
    manifest = json.loads((kept_release / "manifest.json").read_text())
    assert list(found) == ["train", "validation", "test"]
    assert {name: len(rows) for name, rows in found.items()} == {
        name: manifest["splits"][name] for name in found
    }
    final, lineage = (
        rows_of(kept_release / name) for name in ("final_dataset.jsonl", "lineage.jsonl")
    )
    wanted = [{**row, **more} for row, more in zip(final, lineage, strict=True)]
    assert sorted((row for rows in found.values() for row in rows), key=str) == sorted(
        wanted, key=str
    )
    for rows in found.values():
        assert rows == [row for row in wanted if row in rows]
