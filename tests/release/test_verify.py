"""Nothing in a release can change without being named."""

import json
import shutil

import pytest

from ivg.dataset import open_dataset
from ivg.errors import DatasetError
from ivg.release.layout import files_in
from ivg.release.manifest import read_sealed, render, sealed
from ivg.release.publish import publish
from ivg.release.tables import joined
from ivg.release.verify import verify
from ivg.release.verify_rows import known_videos, untrue
from ivg.summary import checksum


def problems(folder):
    return [problem for check in verify(folder) for problem in check.problems]


def reseal(folder, change=lambda manifest: None):
    """A liar's manifest: every hash is right."""
    manifest = read_sealed(folder)
    manifest["sha256"] = {
        name: checksum(folder / name) for name in files_in(folder) if name != "manifest.json"
    }
    change(manifest)
    (folder / "manifest.json").write_text(render(sealed(manifest)))


def test_verify_finds_a_release_good(kept_release):
    checks = verify(kept_release)
    assert {check.name: check.n for check in checks} == {"manifest": 1, "files": 16, "rows": 30}
    assert not any(check.problems or check.skipped for check in checks)


def test_verify_names_every_file_of_which_one_bit_is_flipped(released):
    for name in [*files_in(released)]:
        path = released / name
        raw = path.read_bytes()
        for place in {0, len(raw) // 2, len(raw) - 1}:
            path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
            found = problems(released)
            assert len(found) == 1, (name, place)
            assert found[0].startswith(name), (name, place)
        path.write_bytes(raw)
    assert problems(released) == []


def test_verify_names_every_file_that_is_missing_cut_or_longer(released):
    for name in [*files_in(released)]:
        path = released / name
        raw = path.read_bytes()
        for broken in (raw[:-1], raw + b"\0", b""):
            path.write_bytes(broken)
            assert [found.startswith(name) for found in problems(released)] == [True]
        path.unlink()
        if name == "manifest.json":
            with pytest.raises(DatasetError, match=r"no manifest\.json"):
                verify(released)
        else:
            assert problems(released) == [f"{name} is missing"]
        path.write_bytes(raw)


@pytest.mark.parametrize("name", ["more.txt", "data/more.parquet", ".hidden", "plots/.x", "a b"])
def test_verify_names_a_file_that_is_not_listed(released, name):
    (released / name).write_bytes(b"")
    assert problems(released) == [f"{name} is not listed in the manifest"]


@pytest.mark.parametrize("name", [".gitattributes", ".git/HEAD", ".cache/huggingface/x"])
def test_verify_lets_pass_what_the_hub_adds(released, name):
    (released / name).parent.mkdir(parents=True, exist_ok=True)
    (released / name).write_bytes(b"")
    assert problems(released) == []


def test_verify_names_links(released, tmp_path):
    kept = shutil.move(released / "README.md", tmp_path / "README.md")
    (released / "README.md").symlink_to(kept)
    (released / "more").symlink_to(tmp_path)
    assert problems(released) == [
        "README.md is no plain file",
        "more is not listed in the manifest",
    ]


def test_verify_does_not_leave_the_folder(released, tmp_path):
    (tmp_path / "x").write_bytes(b"")
    names = {"../x": checksum(tmp_path / "x"), str(tmp_path / "x"): "0"}
    reseal(released, lambda manifest: manifest["sha256"].update(names))
    assert len(problems(released)) == 2


def edit_lines(path, number, **values):
    lines = path.read_text().splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **values}, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("final_dataset.jsonl", {"caption": "another"}),
        ("final_dataset.jsonl", {"start_sec": 8.5}),
        ("final_dataset.jsonl", {"neg_start_scene": 2}),
        ("lineage.jsonl", {"clip_sim": 0.9}),
        ("lineage.jsonl", {"frame_sims": []}),
    ],
)
def test_verify_sees_rows_that_differ_between_files_of_right_hashes(released, file, values):
    edit_lines(released / file, 4, **values)
    reseal(released)
    (found,) = problems(released)
    assert ".parquet: row 5" in found


def test_verify_sees_a_row_that_can_not_be_true(run, settings):
    edit_lines(run / "final_dataset.jsonl", 1, end_scene=5)
    settings.force = True
    (found,) = problems(publish(run, settings))
    assert found.endswith(
        ".parquet: row 2 of final_dataset.jsonl speaks of a segment that videos.jsonl does not have"
    )


@pytest.mark.parametrize(
    "values",
    [
        {"start_sec": 16.5},
        {"neg_start_sec": -1.0},
        {"neg_start_sec": 8.5},
        {"end_sec": 8.0},
        {"neg_end_sec": 15.9},
        {"neg_end_sec": 40.1},
        {"duration": 39.0},
        {"end_scene": 5},
        {"end_scene": 0},
        {"neg_end_scene": -1},
        {"last_scene": 5},
        {"first_scene": 3},
        {"video": "unheard.mp4"},
        {"video_id": "0"},
    ],
)
def test_untrue_names_what_can_not_be(kept_release, values):
    release = open_dataset(kept_release)
    videos, (_, good, *_) = known_videos(release), joined(release)
    assert untrue(good, videos) == ""
    assert untrue({**good, "neg_end_sec": 40.001}, videos) == ""  # rounded
    assert untrue({**good, **values}, videos)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found["splits"].update(train=1), "splits.train is 1, there are"),
        (lambda found: found["release"].update(key="0"), "release.key does not follow"),
        (lambda found: found["splits"].update(salt="s"), "release.key does not follow"),
        (lambda found: found["videos"].pop("a.mp4"), "release.key does not follow"),
        (lambda found: found["videos"]["a.mp4"].update(duration=3), "'a.mp4' is not as"),
        (lambda found: found["videos"].update(x=3), "manifest.json"),
        (lambda found: found.pop("models"), "there is no 'models'"),
        (lambda found: found["splits"].update(ratios={"train": 3}), "manifest.json"),
    ],
)
def test_verify_sees_a_manifest_that_does_not_tell_the_truth(released, change, said):
    reseal(released, change)
    found = problems(released)
    assert said in found[0]


@pytest.mark.parametrize("name", ["lineage.jsonl", "config.yaml", "release.yaml", "README.md"])
def test_verify_misses_a_file_that_belongs_to_a_release(released, name):
    (released / name).unlink()
    reseal(released)
    assert problems(released) == [f"{name} is not part of the release"]


def test_verify_checks_splits_anew_from_the_ids(released):
    """Rows moved to another split, all hashes and counts put right."""
    train, test = (released / "data" / f"{name}.parquet" for name in ("train", "test"))
    kept = train.read_bytes()
    train.write_bytes(test.read_bytes())
    test.write_bytes(kept)

    def swap(manifest):
        one, other = manifest["splits"]["train"], manifest["splits"]["test"]
        manifest["splits"].update(train=other, test=one)

    reseal(released, swap)
    found = problems(released)
    assert any(problem.startswith("data/train.parquet") for problem in found)


@pytest.mark.parametrize("raw", [b"PAR1", b"{", b""])
def test_verify_names_files_that_are_nonsense_with_right_hashes(released, raw):
    (released / "data" / "test.parquet").write_bytes(raw)
    reseal(released)
    (found,) = problems(released)
    assert "test.parquet" in found


def test_verify_of_something_else_says_so(tmp_path, run):
    with pytest.raises(DatasetError, match="no folder"):
        verify(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"no manifest\.json"):
        verify(tmp_path)
    assert "manifest of a run, not of a release" in problems(run)[0]
