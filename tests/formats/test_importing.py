"""`ivg import`: what comes in, what is refused and named, and how a build goes on with it."""

import json
import os

import pytest
from exporting import exported, lines
from make_videos import shots, write_video
from published_folders import published, write_published
from running import ivg, rows

from ivg.errors import ConfigError, IvgError, MalformedEntryError, SourceError
from ivg.formats.command import import_command

CHARADES = "3MSZA 24.3 30.4##person turn a light on.\nAAAAA 0.0 5##person sits.\n"
LENGTHS = "id,length\n3MSZA,30.96\nAAAAA,20\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def imported(here, content, name, *more):
    (here / "in.txt").write_text(content if isinstance(content, str) else json.dumps(content))
    assert import_command(["in.txt", f"format={name}", "out=out", *more])
    return lines(here / "out" / "final_dataset.jsonl")


def test_charades_rows_have_the_whole_video_as_span(here):
    (here / "lengths.csv").write_text(LENGTHS)
    first, second = imported(here, CHARADES, "charades_sta", "durations=lengths.csv")
    assert first == {
        "video": "3MSZA.mp4",
        "duration": 30.96,
        "start_sec": 24.3,
        "end_sec": 30.4,
        "neg_start_sec": 0.0,
        "neg_end_sec": 30.96,
        "caption": "person turn a light on.",
        **dict.fromkeys(["start_scene", "end_scene", "neg_start_scene", "neg_end_scene"]),
    }
    assert second["video"] == "AAAAA.mp4"
    assert json.loads((here / "out" / "durations.json").read_text()) == {
        "3MSZA.mp4": 30.96,
        "AAAAA.mp4": 20.0,
    }
    assert lines(here / "out" / "captions.jsonl")[0] == {
        "video_fname": "3MSZA.mp4",
        "start_sec": 24.3,
        "end_sec": 30.4,
        "captions": ["person turn a light on."],
    }


def test_bad_lines_are_named_and_counted(here, caplog):
    bad = "no line\nAAAAA x 5##y\nAAAAA 5 4##y\nAAAAA 19 25##past the end\n"
    bad += "BBBBB 1 2##z\nAAAAA 1 2##\n"
    (here / "lengths.json").write_text(json.dumps({"3MSZA": 30.96, "AAAAA": 20}))
    found = imported(here, CHARADES + bad, "charades_sta", "durations=lengths.json")
    assert [row["end_sec"] for row in found] == [30.4, 5.0, 20.0]
    expected = {
        "in.txt:3": "not VIDEO START END##SENTENCE",
        "in.txt:4": "start must be a number, got 'x'",
        "in.txt:5": "5.0 to 4.0 s is no stretch of a video of 20.0 s",
        "in.txt:7": "no duration; give durations=FILE or videos=FOLDER",
        "in.txt:8": "the sentence is empty",
    }
    left_out = lines(here / "out" / "left_out.jsonl")
    assert {entry["where"]: True for entry in left_out} == dict.fromkeys(expected, True)
    for entry in left_out:
        assert expected[entry["where"]] in entry["why"]
        assert f"{entry['where']}: " in caplog.text
    told = json.loads((here / "out" / "import.json").read_text())
    assert (told["entries"], told["rows"], told["left_out"], told["clamped"]) == (8, 3, 5, 1)
    assert "1 segments ended after their video" in caplog.text


QV = {"qid": 1, "query": "x", "duration": 150, "vid": "a_60.0_210.0", "relevant_windows": [[2, 4]]}
ROW = {"video": "a.mp4", "duration": 9, "start_sec": 1, "end_sec": 2, "neg_start_sec": 0}
ROW |= {"neg_end_sec": 5, "caption": "x"}
QA = {"i": "", "q": [["middle", "x"]], "a": "A cat", **{k: ROW[k] for k in list(ROW)[2:6]}}
ACTIVITY = {"duration": 9, "timestamps": [[1, 2]], "sentences": ["x"]}


@pytest.mark.parametrize(
    ("name", "good", "bad", "why"),
    [
        ("internvid_g", ROW, {**ROW, "caption": 3}, "in.txt:2: caption must be a text, got 3"),
        ("internvid_g", ROW, {**ROW, "start_scene": -1}, "start_scene must be the number"),
        ("internvid_g", ROW, {**ROW, "neg_end_sec": 1.5}, "span 0.0 to 1.5 s does not hold"),
        ("internvid_g", ROW, [1], "in.txt:2: no JSON object"),
        ("qvhighlights", QV, {**QV, "relevant_windows": []}, "in.txt:2: windows must be a list"),
        ("qvhighlights", QV, {"query": "x"}, "in.txt:2: no field 'vid'"),
        ("qvhighlights", QV, {**QV, "duration": "long"}, "duration must be a number"),
    ],
)
def test_a_bad_object_costs_itself_only(here, caplog, name, good, bad, why):
    assert len(imported(here, f"{json.dumps(good)}\n{json.dumps(bad)}\n", name)) == 1
    assert why in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("hawkeye", [{"video": "a.mp4", "QA": [QA]}, {"video": "b.mp4"}], "entry 1: has no QA"),
        ("hawkeye", [{"video": "a.mp4", "QA": [QA, 3]}], "entry 0: QA holds no object"),
        ("hawkeye", [{"video": "a.mp4", "QA": [QA, {**QA, "start_sec": None}]}], "start_sec must"),
        ("hawkeye", [{"video": "a.mp4", "QA": [QA, {**QA, "q": "what?", "a": []}]}], "no format.q"),
        ("activitynet", {"a": ACTIVITY, "b": 3}, "in.txt: b: must be a JSON object"),
        ("activitynet", {"a": ACTIVITY, "b": {**ACTIVITY, "sentences": []}}, "1 timestamps for 0"),
        ("activitynet", {"a": {**ACTIVITY, "timestamps": [[1, 2], 3], "sentences": ["x", "y"]}},
         "in.txt: a: sentence 1: a window is a pair"),
    ],
)  # fmt: skip
def test_a_bad_entry_costs_itself_only(here, caplog, name, content, why):
    (here / "lengths.json").write_text('{"a.mp4": 9, "b.mp4": 9}')
    found = imported(here, content, name, "durations=lengths.json")
    assert [row["video"] for row in found] == ["a.mp4"]
    assert why in caplog.text


def test_qvhighlights_spans_are_cuts_of_a_longer_video(here):
    (here / "lengths.json").write_text('{"a.mp4": 400}')
    more = ("format.window=span", "durations=lengths.json")
    (found,) = imported(here, json.dumps(QV), "qvhighlights", *more)
    times = ("start_sec", "end_sec", "neg_start_sec", "neg_end_sec", "duration")
    assert [found[name] for name in times] == [62.0, 64.0, 60.0, 210.0, 400.0]
    assert found["video"] == "a.mp4"


def test_hawkeye_reads_files_of_other_wordings(here):
    entry = {"q": "Question: Where is 'A cat' seen?\nOptions:\n(A) x", "a": [["middle", "(A) x"]]}
    questions = "format.questions=[\"Where is '{caption}' seen?\"]"
    (here / "lengths.json").write_text('{"a.mp4": 9}')
    content = [{"video": "a.mp4", "QA": [{**QA, **entry}]}]
    (found,) = imported(here, content, "hawkeye", questions, "durations=lengths.json")
    assert found["caption"] == "A cat"


def test_durations_and_names_come_from_the_videos(here):
    (here / "videos").mkdir()
    write_video(here / "videos" / "3MSZA.mkv", shots(60))
    (here / "videos" / "AAAAA.mp4").write_bytes(b"no video")
    (here / "videos" / "AAAAA.json").write_text("{}")
    lines_ = "3MSZA 0.5 1.5##person turn a light on.\nAAAAA 0.0 5##person sits.\n"
    (found,) = imported(here, lines_, "charades_sta", "videos=videos")
    assert (found["video"], found["duration"]) == ("3MSZA.mkv", 2.0)
    assert "AAAAA.mp4: no duration" in lines(here / "out" / "left_out.jsonl")[0]["why"]


def test_videos_are_found_in_folders_and_by_undecodable_names(here):
    (here / "videos" / "x").mkdir(parents=True)
    write_video(here / "videos" / "x" / "a.mkv", shots(60))
    write_video(here / "videos" / os.fsdecode(b"\xff.mp4"), shots(60))
    content = "x/a 0.5 1.5##one\n\\xff 0.5 1.5##two\n"
    found = imported(here, content, "charades_sta", "videos=videos")
    assert [(row["video"], row["duration"]) for row in found] == [
        ("\\xff.mp4", 2.0),
        ("x/a.mkv", 2.0),
    ]


def test_an_id_of_two_files_is_left_out_and_both_are_named(here):
    (here / "videos").mkdir()
    write_video(here / "videos" / "a.mp4", shots(60))
    for name in ("a.mkv", "b.mp4"):
        (here / "videos" / name).write_bytes((here / "videos" / "a.mp4").read_bytes())
    content = "a 0.5 1.5##one\nb 0.5 1.5##two\n"
    (found,) = imported(here, content, "charades_sta", "videos=videos")
    assert found["video"] == "b.mp4"
    (left_out,) = lines(here / "out" / "left_out.jsonl")
    assert left_out["why"] == "'a' may be 'a.mkv' or 'a.mp4'"


@pytest.mark.parametrize("length", ["0", "-3", "nan", "long"])
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_durations_must_be_above_0(here, length, ending):
    content = f"id,length\n3MSZA,{length}\n" if ending == "csv" else f'{{"3MSZA": "{length}"}}'
    (here / f"lengths.{ending}").write_text(content)
    with pytest.raises(MalformedEntryError, match=r"lengths\..*must be (above 0|a number)"):
        imported(here, CHARADES, "charades_sta", f"durations=lengths.{ending}")


def test_imported_folder_can_be_exported(here):
    imported(here, json.dumps(ROW), "internvid_g")
    books = exported(here / "out", here / "qv", "qvhighlights", "format.window=span")
    assert books["all"].written == 1


def test_build_grounds_imported_captions_by_the_scenes_of_a_folder(here):
    scenes = write_published(here / "scenes", "a.mp4", "b.mp4", captions=())
    content = "a 4.1 7.9##a cat\na 0 4##a dog\nc 1 2##unknown\n"
    imported(here, content, "charades_sta", f"scenes={scenes}")
    assert "has no scenes of 'c.mp4'" in lines(here / "out" / "left_out.jsonl")[0]["why"]
    done = ivg(*published(here / "out"), "hydra.run.dir=run", "quality=none", cwd=here)
    assert "finished" in done.stdout + done.stderr
    found = rows(here / "run" / "final_dataset.jsonl")
    assert [(row["caption"], row["neg_start_sec"], row["neg_end_sec"]) for row in found] == [
        ("a dog", 0.0, 12.0),
        ("a cat", 0.0, 12.0),
    ]


@pytest.mark.slow
def test_import_with_the_scenes_of_a_run_gives_its_rows_again(quickstart, here):
    exported(quickstart.folder, here / "sta", "charades_sta")
    file, scenes = here / "sta" / "all.txt", f"scenes={quickstart.folder}"
    told = ivg("import", str(file), "format=charades_sta", "out=work", scenes, cwd=here)
    assert "for verified spans: ivg build source=internvid_g source.dir='work'" in told.stderr
    ivg("build", "experiment=quickstart", "source=internvid_g", "source.dir=work", cwd=here)
    again = here / "runs" / "quickstart" / "final_dataset.jsonl"
    assert again.read_bytes() == (quickstart.folder / "final_dataset.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        (["in.txt", "format=webvtt"], ConfigError, "format=webvtt can't be read back"),
        (["in.txt"], ConfigError, "format has no value"),
        (["in.txt", "format=hawkeye"], SourceError, "in.txt:1: not JSON"),
        (["in.txt", "format=qvhighlights"], SourceError, "none of 2 entries can be used"),
        (["no.txt", "format=charades_sta"], SourceError, "no.txt: No such file"),
        (["in.txt", "format=charades_sta", "durations=x.xml"], ConfigError, "must be a .csv"),
        (["in.txt", "format=charades_sta", "scenes=nowhere"], SourceError, "scenes.jsonl"),
        (
            ["in.txt", "format=charades_sta", "videos=nowhere"],
            ConfigError,
            "there is no such folder",
        ),
        (["in.txt", "format=charades_sta", "out=taken"], ConfigError, "holds other things"),
    ],
)
def test_import_refuses_and_leaves_nothing(here, arguments, error, named):
    (here / "in.txt").write_text(CHARADES)
    (here / "taken").mkdir()
    (here / "taken" / "mine").write_text("mine")
    with pytest.raises(error, match=named):
        import_command(arguments)
    assert sorted(path.name for path in here.rglob("*")) == ["in.txt", "mine", "taken"]
    assert issubclass(error, IvgError)
