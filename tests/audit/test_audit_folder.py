"""Audits of folders: by content, then by duration, whatever the names are."""

import json
import shutil

import pytest
from audited import told
from running import ivg, rows


def test_audit_tells_same_changed_and_gone_apart(clips, dataset, audit, tmp_path):
    names = ["same.mp4", "below/moved.mp4", "recoded.mp4", "longer.mp4", "torn.mp4", "gone.mp4"]
    files = [clips[0], clips[1], clips[2], clips[3], clips[0], clips[1]]
    folder = dataset(dict(zip(names, files, strict=True)))
    here = tmp_path / "videos"
    here.mkdir()
    shutil.copy(clips[0], here / "same.mp4")
    shutil.copy(clips[1], here / "other name.mp4")
    shutil.copy(clips[0], here / "recoded.mp4")
    shutil.copy(clips[2], here / "longer.mp4")
    (here / "torn.mp4").write_bytes(clips[0].read_bytes()[:500])
    found = audit(folder, f"videos={here}")
    assert told(found) == {
        "same.mp4": ("same", "same content"),
        "below/moved.mp4": ("same", "same content, under another name"),
        "recoded.mp4": ("changed", "same duration only"),
        "longer.mp4": ("changed", "other duration"),
        "torn.mp4": ("changed", "no video that can be read"),
        "gone.mp4": ("same", "same content, under another name"),  # it is clips[1] too
    }
    assert found["rows"] == {
        "all": 21, "asked": 21, "same": 1 + 2 + 6, "changed": 3 + 4 + 5, "gone": 0, "unknown": 0
    }  # fmt: skip
    assert {one["reason"] for one in found["lost_rows"]} == {"other duration"}
    assert len(found["lost_rows"]) == 4


def test_audit_lists_the_rows_that_are_lost(clips, dataset, audit, tmp_path):
    folder = dataset({"a.mp4": clips[0], "b.mp4": clips[1]})
    (tmp_path / "videos").mkdir()
    shutil.copy(clips[0], tmp_path / "videos" / "a.mp4")
    found = audit(folder, "videos=videos")
    assert told(found)["b.mp4"] == ("gone", "not in the folder")
    all_rows = rows(folder / "final_dataset.jsonl")
    lost = [one["line"] for one in found["lost_rows"]]
    assert lost == [2, 3]
    assert [all_rows[line - 1]["video"] for line in lost] == ["b.mp4", "b.mp4"]
    assert found["gone"]["k"] == 1
    assert found["gone"]["n"] == 2
    assert "rows lost with the videos that are gone: 2 of the 3" in found["printed"]
    ivg("audit", str(folder), "videos=videos", "out=lost.jsonl", cwd=tmp_path)
    assert rows(tmp_path / "lost.jsonl") == found["lost_rows"]


def test_audit_of_a_release_reads_every_byte(quickstart, sample, tmp_path):
    name = ["name=q", "version=1", "out=q", "force=true"]
    ivg("release", str(quickstart.folder), *name, cwd=tmp_path)
    here = tmp_path / "videos"
    here.mkdir()
    data = bytearray(sample.read_bytes())
    (here / "sample.mp4").write_bytes(data)
    good = ivg("audit", "q", "videos=videos", "exit_code=true", cwd=tmp_path)
    assert "1 same, 0 changed, 0 gone, 0 unknown" in good.stdout
    data[len(data) // 2] ^= 1
    (here / "sample.mp4").write_bytes(data)
    bad = ivg("audit", "q", "videos=videos", "exit_code=true", cwd=tmp_path, check=False)
    assert bad.returncode == 1
    assert "sample.mp4: same duration only (45.80 -> 45.80 s)" in bad.stdout


def test_audit_draws_the_same_sample_again(clips, dataset, audit, tmp_path):
    (tmp_path / "empty").mkdir()
    folder = dataset({f"{i:02d}.mp4": clips[i % 4] for i in range(20)})
    first, again = (
        audit(folder, "videos=empty", "sample=5", "seed=3", cold=cold) for cold in (False, True)
    )
    other = audit(folder, "videos=empty", "sample=5", "seed=4")
    assert told(first) == told(again)
    assert len(told(first)) == 5 == first["videos"]["asked"]
    assert told(first).keys() != told(other).keys()
    assert first["videos"]["all"] == 20
    assert "5 of 20 videos, a random sample (seed 3)" in first["printed"]
    assert first["gone"]["share"] == 1
    assert first["gone"]["low"] == pytest.approx(0.5655, abs=1e-4)  # 1 / (1 + 1.96^2 / 5)
    assert "95 % interval by Wilson 56.6 .. 100.0 %" in first["printed"]


def test_audit_never_leaves_the_folder_and_shows_names_as_data(clips, dataset, audit, tmp_path):
    (tmp_path / "videos").mkdir()
    shutil.copy(clips[0], tmp_path / "outside.mp4")
    names = ["../outside.mp4", str(tmp_path / "outside.mp4"), "a\x1b[31m.mp4", "\ud800.mp4"]
    found = audit(dataset(dict(zip(names, clips, strict=True))), "videos=videos")
    assert {one[0] for one in told(found).values()} == {"gone"}
    assert "\x1b" not in found["printed"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (["videos=nowhere"], "videos=nowhere: there is no such folder"),
        ([], "does not tell where its videos came from"),
        (["videos=.", "sample=-1"], "sample must be at least 0"),
        (["videos=.", "workers=0"], "ConfigError: workers must be at least 1"),
        (["videos=.", "tolerance=-1"], "tolerance must be at least 0"),
        (["videos=.", "out=a.txt"], "out=a.txt: give a name that ends in .json"),
        (["videos=.", "out=no/a.json"], "there is no folder no"),
        (["scratch=no"], "scratch=no: there is no such folder"),
        (["urls=no.txt"], "urls="),
    ],
)
def test_audit_says_what_is_wrong(clips, dataset, tmp_path, settings, named):
    folder = dataset({"a.mp4": clips[0]})
    done = ivg("audit", str(folder), *settings, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_audit_refuses_rows_of_a_video_that_the_manifest_lacks(clips, dataset, tmp_path):
    folder = dataset({"a.mp4": clips[0]})
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "videos": {"b.mp4": "x"}}))
    done = ivg("audit", str(folder), "videos=.", cwd=tmp_path, check=False)
    assert (done.returncode, "does not name 'a.mp4'" in done.stderr) == (1, True)
