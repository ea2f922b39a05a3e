"""Names and captions are data, whatever bytes they are made of."""

import json
import os
import re
from pathlib import Path

import pytest
from published_folders import published, write_published
from running import ivg, rows

LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+\]\[[\w.]+\]\[[A-Z]+\] ")
FORGED = "[2026-01-01 00:00:00,000][ivg.forged][ERROR] forged"
HOSTILE = f"x\n{FORGED}\x1b[2J.mp4"
NAMES = ["caf\udce9.mp4", "b\ud800.mp4", HOSTILE]
CAPTION = f"a \ud800cat\n{FORGED}\x1b[31m[red]"


def check_readable(run: Path, said: str, status: str = "finished") -> None:
    """No traceback, no control character, no line that we did not write; UTF-8 throughout."""
    log = (run / "ivg.log").read_text(encoding="utf-8")
    assert "Traceback" not in said + log
    assert "\x1b" not in said + log
    assert all(LINE.match(line) for line in log.splitlines())
    assert not any(line.startswith(FORGED) for line in (said + "\n" + log).splitlines())
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["status"] == status
    json.loads((run / "manifest.json").read_text(encoding="utf-8"))


def test_odd_names_and_captions_of_a_published_folder_pass_through(tmp_path):
    folder = write_published(tmp_path / "old", *NAMES, captions=(CAPTION,))
    with (folder / "scenes.jsonl").open("a") as file:
        file.write(json.dumps({"video_fname": f"\ud800{HOSTILE}", "scenes": 3}) + "\n")
    done = ivg(*published(folder), "hydra.run.dir=run", cwd=tmp_path)
    found = rows(tmp_path / "run" / "final_dataset.jsonl")
    assert sorted(row["video"] for row in found) == sorted(NAMES)
    assert {row["caption"] for row in found} == {CAPTION}
    (failure,) = rows(tmp_path / "run" / "failures.jsonl")
    assert (failure["video"], failure["error"]) == (f"\ud800{HOSTILE}", "BadAnnotationError")
    check_readable(tmp_path / "run", done.stdout + done.stderr)
    shown = ivg("show", "run", cwd=tmp_path)
    assert "\x1b" not in shown.stdout
    assert r"a \ud800cat\n[2026" in shown.stdout


BYTES = {b"caf\xe9.mp4": r"caf\xe9.mp4", os.fsencode(HOSTILE): HOSTILE}


def put(folder: Path, name: bytes, content: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / os.fsdecode(name)).write_bytes(content)


def test_odd_names_of_broken_files_are_records_that_can_be_read(tmp_path):
    for name in BYTES:
        put(tmp_path / "videos", name, b"no video: " + name)
    more = ["source=local", "source.path=videos", "hydra.run.dir=run"]
    done = ivg("build", *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "no video is left" in done.stderr
    failures = rows(tmp_path / "run" / "failures.jsonl")
    assert {f["video"]: f["error"] for f in failures} == dict.fromkeys(
        BYTES.values(), "NotAVideoError"
    )
    check_readable(tmp_path / "run", done.stderr, status="failed")


@pytest.mark.slow
def test_odd_names_of_good_files_pass_through(tmp_path, tiny_clip):
    for number, name in enumerate(BYTES):
        put(tmp_path / "videos", name, tiny_clip.read_bytes() + bytes(number))
    more = ["source=local", "source.path=videos", "hydra.run.dir=run"]
    done = ivg("build", "experiment=quickstart", *more, cwd=tmp_path)
    assert rows(tmp_path / "run" / "failures.jsonl") == []
    found = rows(tmp_path / "run" / "scenes.jsonl")
    assert {row["video_fname"] for row in found} == set(BYTES.values())
    check_readable(tmp_path / "run", done.stdout + done.stderr)


@pytest.mark.parametrize("ending", ["jsonl", "json", "txt"])
def test_odd_ids_are_records_that_can_be_read(tmp_path, ending):
    row = {"YoutubeID": f"\ud800{HOSTILE}", "video": f"\ud800{HOSTILE}"}
    text = {
        "jsonl": json.dumps(row) + "\n",
        "json": json.dumps([row]),
        "txt": "\u202e\x1b[2Jforged\n",
    }[ending]
    (tmp_path / f"ids.{ending}").write_text(text, encoding="utf-8")
    more = [f"source.ids=ids.{ending}", "hydra.run.dir=run"]
    done = ivg("build", "source=youtube", *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "no video is left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    (failure,) = rows(tmp_path / "run" / "failures.jsonl")
    assert failure["error"] == "MalformedEntryError"
    log = (tmp_path / "run" / "ivg.log").read_text(encoding="utf-8")
    assert all(LINE.match(line) for line in log.splitlines())
