"""The readers on small files written as the benchmarks publish theirs."""

import json

import pytest

from ivg.errors import MalformedEntryError, SourceError
from ivg.quality.benchmarks.activitynet import ActivityNet
from ivg.quality.benchmarks.benchmark import Query
from ivg.quality.benchmarks.charades_sta import CharadesSta
from ivg.quality.benchmarks.qvhighlights import QvHighlights

CSV = """id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length
3MSZA,XXGR,Kitchen,6,7,Yes,"A person turns on the light,
then sits.",light,A person.;Light.,c104 24.30 30.40,30.96
AAAAA,XXGR,Kitchen,6,7,Yes,x,light,x,,20.00
"""
VAL = {
    "v_uqiMw7tQ1Cc": {
        "duration": 55.15,
        "timestamps": [[0.28, 55.15], [13.79, 54.32]],
        "sentences": ["A weight lifting tutorial is given.", "  The coach helps."],
    }
}
QV = {
    "qid": 9769,
    "query": "some military patriots takes us through their safety procedures.",
    "duration": 150,
    "vid": "j7rJstUseKg_360.0_510.0",
    "relevant_windows": [[72, 82], [84, 94]],
    "relevant_clip_ids": [36],
    "saliency_scores": [[4, 1, 1]],
}


@pytest.fixture
def written(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def charades(written, lines, csv=CSV):
    return CharadesSta(written("sta.txt", lines), "videos", written("durations.csv", csv)).queries()


def test_charades_reads_lines_and_durations(written):
    lines = "3MSZA 24.3 30.4##person turn a light on.\n\nAAAAA 0.0 5##person ## sits.\n"
    assert charades(written, lines) == [
        Query("3MSZA", 30.96, "person turn a light on.", ((24.3, 30.4),)),
        Query("AAAAA", 20.0, "person ## sits.", ((0.0, 5.0),)),
    ]


def test_charades_without_durations_opens_no_video_and_leaves_ends_to_them(written):
    lines = "3MSZA -1 1.4##x.\n3MSZA 5 9000##y.\n"
    found = CharadesSta(written("sta.txt", lines), "nowhere").queries()
    assert [query.duration for query in found] == [None, None]
    assert [query.windows for query in found] == [((0.0, 1.4),), ((5.0, 9000.0),)]


def test_charades_clamps_to_the_video_and_leaves_out_what_lies_outside(written, caplog):
    lines = "3MSZA 24.3 35##a.\n3MSZA 31 40##b.\n3MSZA 9 5##c.\n"
    assert [q.windows for q in charades(written, lines)] == [((24.3, 30.96),)]
    assert "2 of 3 queries" in caplog.text
    assert "sta.txt:2" in caplog.text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("3MSZA 1 2##a.\n3MSZA 24.3 30.4 person.\n", r"sta\.txt:2: not VIDEO START END##SENTENCE"),
        ("3MSZA 1 2##a.\n\n3MSZA 1 b##a.\n", r"sta\.txt:3: end must be a number, got 'b'"),
        ("3MSZA nan 2##a.\n", r"sta\.txt:1: start must be a number"),
        ("3MSZA 1 2## \n", r"sta\.txt:1: text must be a text"),
    ],
)
def test_charades_names_file_and_line(written, lines, message):
    with pytest.raises(MalformedEntryError, match=message):
        charades(written, lines)


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (CSV.replace("length", "secs"), r"durations\.csv:1: no column 'length'"),
        (CSV.replace("30.96", "long"), r"durations\.csv:3: length must be a number, got 'long'"),
        (CSV.replace(",30.96", ""), r"durations\.csv:3: length must be a number, got None"),
        (CSV.replace("3MSZA", "BBBBB"), r"sta\.txt:1: .*durations\.csv knows no video '3MSZA'"),
        ("", r"durations\.csv:1: no column 'id'"),
    ],
)
def test_charades_names_what_is_wrong_with_the_durations(written, csv, message):
    with pytest.raises(SourceError, match=message):
        charades(written, "3MSZA 1 2##a.\n", csv)


def test_activitynet_reads_every_sentence(written):
    assert ActivityNet(written("val_1.json", VAL), "videos").queries() == [
        Query("v_uqiMw7tQ1Cc", 55.15, "A weight lifting tutorial is given.", ((0.28, 55.15),)),
        Query("v_uqiMw7tQ1Cc", 55.15, "The coach helps.", ((13.79, 54.32),)),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": "?"}, r"val_1\.json: v_uqiMw7tQ1Cc: sentence 0: duration must be a number"),
        ({"duration": 0}, r"val_1\.json: v_uqiMw7tQ1Cc: sentence 0: duration must be above 0"),
        ({"sentences": ["one"]}, r"v_uqiMw7tQ1Cc: 2 timestamps for 1 sentences"),
        ({"sentences": "ab"}, r"v_uqiMw7tQ1Cc: sentences must be a list"),
        ({"timestamps": [[0, 1], [2]]}, r"v_uqiMw7tQ1Cc: sentence 1: a window is a pair"),
        ({"timestamps": [[0, 1], [2, True]]}, r"sentence 1: end must be a number, got True"),
    ],
)
def test_activitynet_names_file_video_and_sentence(written, change, message):
    path = written("val_1.json", {"v_uqiMw7tQ1Cc": VAL["v_uqiMw7tQ1Cc"] | change})
    with pytest.raises(MalformedEntryError, match=message):
        ActivityNet(path, "videos").queries()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"v_1":\n{"duration" 3}}', r"val_1\.json:2: not JSON"),
        ([1], r"val_1\.json: must be a JSON object, got list"),
        ({"v_1": 3}, r"val_1\.json: v_1: must be a JSON object, got int"),
        ({"v_1": {"duration": 3}}, r"val_1\.json: v_1: no field 'timestamps'"),
    ],
)
def test_activitynet_names_what_is_no_annotation(written, content, message):
    with pytest.raises(MalformedEntryError, match=message):
        ActivityNet(written("val_1.json", content), "videos").queries()


def test_qvhighlights_reads_several_windows(written):
    found = QvHighlights(written("val.jsonl", json.dumps(QV) + "\n"), "videos").queries()
    windows = ((72.0, 82.0), (84.0, 94.0))
    assert found == [Query("j7rJstUseKg_360.0_510.0", 150.0, QV["query"], windows)]


def test_qvhighlights_keeps_line_separators_inside_a_sentence(written):
    row = json.dumps(QV | {"query": "two\u2028lines"}, ensure_ascii=False)
    found = QvHighlights(written("val.jsonl", f"{row}\n{row}\n"), "videos").queries()
    assert [query.text for query in found] == ["two\u2028lines"] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relevant_windows": []}, r"val\.jsonl:2: windows must be a list of pairs"),
        ({"relevant_windows": [[1, "x"]]}, r"val\.jsonl:2: end must be a number"),
        ({"query": ""}, r"val\.jsonl:2: text must be a text"),
        ({"vid": 3}, r"val\.jsonl:2: video must be a text, got 3"),
    ],
)
def test_qvhighlights_names_file_and_line(written, change, message):
    path = written("val.jsonl", f"{json.dumps(QV)}\n{json.dumps(QV | change)}\n")
    with pytest.raises(MalformedEntryError, match=message):
        QvHighlights(path, "videos").queries()


def test_qvhighlights_refuses_the_test_file(written):
    row = {name: value for name, value in QV.items() if name != "relevant_windows"}
    with pytest.raises(MalformedEntryError, match=r"val\.jsonl:1: no field 'relevant_windows'"):
        QvHighlights(written("val.jsonl", row), "videos").queries()
    with pytest.raises(MalformedEntryError, match=r"val\.jsonl:1: not JSON"):
        QvHighlights(written("val.jsonl", "{oops}\n{}"), "videos").queries()


def test_missing_and_binary_files_are_named(tmp_path):
    with pytest.raises(SourceError, match=r"no\.jsonl: No such file"):
        QvHighlights(str(tmp_path / "no.jsonl"), "videos").queries()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="binary: not UTF-8"):
        ActivityNet(str(tmp_path / "binary"), "videos").queries()
