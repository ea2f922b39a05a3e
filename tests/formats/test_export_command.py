"""`ivg export`: what it takes, refuses and leaves behind."""

import json
from pathlib import Path

import pytest
from exporting import exported, lines, row, some_rows, write_release, write_run
from running import ivg

from ivg.errors import BooksError, ConfigError, DatasetError, IvgError
from ivg.formats.books import Books
from ivg.formats.build import names
from ivg.formats.command import export_command
from ivg.quality.benchmarks.activitynet import ActivityNet
from ivg.quality.benchmarks.charades_sta import CharadesSta
from ivg.quality.benchmarks.qvhighlights import QvHighlights


@pytest.mark.slow
def test_export_all_formats_from_the_quickstart(quickstart, tmp_path):
    for name in names():
        quick = ["format.preset=ultrafast", "format.side=64", "format.clip=segment"]
        own = quick if name == "webdataset" else []
        out = f"out={tmp_path / name}"
        assert export_command([str(quickstart.folder), f"format={name}", out, *own])
        told = json.loads((tmp_path / name / "export.json").read_text())
        assert told["books"]["all"]["written"] == 8
        for file in told["files"]:
            assert (tmp_path / name / file).stat().st_size > 0
        assert str(tmp_path) not in json.dumps(told)
    rows = (tmp_path / "internvid_g" / "final_dataset.jsonl").read_bytes()
    assert rows == (quickstart.folder / "final_dataset.jsonl").read_bytes()


def test_export_through_the_command_line(quickstart, tmp_path):
    done = ivg("export", str(quickstart.folder), "format=hawkeye", cwd=tmp_path)
    out = tmp_path / "exports" / "quickstart" / "hawkeye"
    assert "8 of 8 rows as hawkeye in exports/quickstart/hawkeye" in done.stderr
    assert len(json.loads((out / "all.json").read_text())) == 8
    again = ivg("export", str(quickstart.folder), "format=hawkeye", cwd=tmp_path, check=False)
    assert again.returncode == 1
    assert "is there already; name another folder or set overwrite=true" in again.stderr
    assert "Traceback" not in again.stderr


def test_splits_become_files_of_their_own(tmp_path):
    rows = some_rows(6)
    parts = {"train": rows[:15], "validation": rows[15:20], "test": rows[20:]}
    release = write_release(tmp_path / "release", **parts)
    books = exported(release, tmp_path / "out", "internvid_g")
    for name, expected in parts.items():
        assert lines(tmp_path / "out" / f"{name}.jsonl") == expected
        assert books[name].written == len(expected)
    exported(release, tmp_path / "qv", "qvhighlights")
    found = [one for name in parts for one in lines(tmp_path / "qv" / f"{name}.jsonl")]
    assert [one["qid"] for one in found] == list(range(30))
    exported(release, tmp_path / "vtt", "webvtt")
    assert (tmp_path / "vtt" / "test" / "video00005.vtt").is_file()


def test_split_that_is_not_there_is_left_out(tmp_path):
    release = write_release(tmp_path / "release", train=some_rows(1))
    assert list(exported(release, tmp_path / "out", "hawkeye")) == ["train"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["export.json", "train.json"]


@pytest.mark.parametrize("damage", ["cut", "column"])
def test_broken_split_is_named(tmp_path, damage):
    import pyarrow.parquet as pq

    release = write_release(tmp_path / "release", train=some_rows(1))
    path = release / "data" / "train.parquet"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        pq.write_table(pq.read_table(path).drop_columns("caption"), path)
    with pytest.raises(DatasetError, match=r"train\.parquet"):
        exported(release, tmp_path / "out", "hawkeye")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["otio", "internvid_g", "webvtt"])
def test_release_with_an_undecodable_name_is_exported(tmp_path, name):
    train, test = [row("\udcff.mp4"), row("a.mp4")], [row("\udcfe.mp4", caption="\ud800")]
    release = write_release(tmp_path / "release", train=train, test=test)
    books = exported(release, tmp_path / "out", name)
    assert {split: one.written for split, one in books.items()} == {"train": 2, "test": 1}
    if name == "internvid_g":
        assert lines(tmp_path / "out" / "train.jsonl") == train
        assert lines(tmp_path / "out" / "test.jsonl") == test


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (some_rows(1), r"has 5 rows of the videos of train, data.train\.parquet has 10"),
        ([*some_rows(2), row("z.mp4")], "no split has z.mp4 of final_dataset.jsonl"),
    ],
)
def test_release_of_which_files_differ_is_refused(tmp_path, rows, named):
    release = write_release(tmp_path / "release", train=some_rows(2))
    write_run(release, rows)
    with pytest.raises(DatasetError, match=named):
        exported(release, tmp_path / "out", "hawkeye")
    assert not (tmp_path / "out").exists()


def test_broken_export_leaves_the_old_one_and_no_leftovers(tmp_path):
    run = write_run(tmp_path / "run", some_rows())
    export_command([str(run), "format=hawkeye", f"out={tmp_path / 'out'}"])
    before = (tmp_path / "out" / "all.json").read_bytes()
    with (run / "final_dataset.jsonl").open("a") as file:
        file.write('{"video": "a"}\n')
    overwrite = [str(run), "format=hawkeye", f"out={tmp_path / 'out'}", "overwrite=true"]
    with pytest.raises(DatasetError, match=r"final_dataset.jsonl:16: there is no 'duration'"):
        export_command(overwrite)
    assert (tmp_path / "out" / "all.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "run"]
    write_run(run, some_rows(1))
    assert export_command(overwrite)
    assert len(json.loads((tmp_path / "out" / "all.json").read_text())) == 5


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["format=nope"], "format=nope: there is none; the formats are activitynet, "),
        ([], "format has no value; give it as format=NAME"),
        (["format=hawkeye", "out={run}/x"], "is in .* itself"),
        (["format=hawkeye", "out={run}/.."], "holds other things"),
        (["format=hawkeye", "out={run}/..", "overwrite=true"], "holds other things"),
        (["format=hawkeye", "out={file}"], "is no folder"),
        (["format=hawkeye", "window=span"], "the settings are format, out, overwrite, videos"),
        (["format=hawkeye", "format.window=span"], "format.window"),
    ],
)
def test_export_refuses(tmp_path, arguments, named):
    run = write_run(tmp_path / "run", some_rows())
    (tmp_path / "file").write_text("mine")
    places = {"run": str(run), "file": str(tmp_path / "file")}
    with pytest.raises(ConfigError, match=named):
        export_command([str(run), *(one.format(**places) for one in arguments)])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "run"]


def test_two_videos_of_one_id_are_refused(tmp_path):
    run = write_run(tmp_path / "run", [row("a.mkv"), row("a.mp4")])
    with pytest.raises(DatasetError, match=r"a\.mkv and a\.mp4 would both be a, "):
        exported(run, tmp_path / "out", "qvhighlights")
    assert exported(run, tmp_path / "named", "hawkeye")["all"].written == 2


def test_rows_of_a_video_must_stand_together(tmp_path):
    run = write_run(tmp_path / "run", [row("a.mp4"), row("b.mp4"), row("a.mp4")])
    with pytest.raises(DatasetError, match=r"rows of a\.mp4 don't stand together"):
        exported(run, tmp_path / "out", "activitynet")


def test_nothing_written_is_a_failure(tmp_path):
    run = write_run(tmp_path / "run", [row()])
    out = tmp_path / "out"
    assert not export_command([str(run), "format=webdataset", f"out={out}"])
    assert lines(out / "left_out.jsonl")[0]["video"] == "a.mp4"


def test_books_that_dont_balance_are_refused():
    books = Books(rows=3, written=1)
    books.leave_out("why", [row()])
    with pytest.raises(BooksError, match="all: 3 rows in, 1 written, 1 left out"):
        books.check("all")


def test_books_name_few_videos_and_nothing_unprintable():
    books = Books()
    books.leave_out("why", [row(f"{n}\x1b.mp4") for n in range(9)])
    (line,) = books.lines()
    assert line.endswith("4\\x1b.mp4 and 4 more videos")


def test_benchmark_readers_read_exports(tmp_path):
    run = write_run(tmp_path / "run", some_rows())
    for name in ("charades_sta", "activitynet", "qvhighlights"):
        exported(run, tmp_path / name, name)
    charades, durations = (
        tmp_path / "charades_sta" / f"all{e}" for e in (".txt", "_durations.csv")
    )
    readers = [
        CharadesSta(str(charades), "videos", str(durations)),
        ActivityNet(str(tmp_path / "activitynet" / "all.json"), "videos"),
        QvHighlights(str(tmp_path / "qvhighlights" / "all.jsonl"), "videos"),
    ]
    expected = [
        (one["video"].removesuffix(".mp4"), 20.5, one["caption"], one["start_sec"])
        for one in some_rows()
    ]
    for reader in readers:
        found = [(q.video, q.duration, q.text, q.windows[0][0]) for q in reader.queries()]
        assert found == expected


def test_neither_run_nor_release_is_refused(tmp_path):
    with pytest.raises(IvgError, match="no folder"):
        export_command([str(tmp_path / "no"), "format=hawkeye"])
    assert not Path("exports").exists()
