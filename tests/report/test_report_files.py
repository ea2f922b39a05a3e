"""What `ivg report` writes, without a browser."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic_runs import write_run

from ivg.errors import ConfigError, DatasetError
from ivg.report.command import ReportSettings
from ivg.video.frames import FrameStore

ROOT = Path(__file__).parents[2]
ODD = "</script><script>alert(1)</script> \u2028 \ud800 'so' \"quoted\" \U0001f600"


def data(report: Path, name: str):
    """What a data script hands to the page."""
    text = (report / "data" / f"{name}.js").read_text(encoding="ascii")
    found = re.fullmatch(r'ivgReport\.take\("\w+",\d+,(.*)\);\n', text)
    assert found
    return json.loads(found[1])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def frames(store: Path, video: int, colours: dict[float, int]) -> None:
    """Keep grey pictures of some brightness at some times."""
    made = [cv2.imencode(".jpg", np.full((90, 160, 3), one, np.uint8)) for one in colours.values()]
    FrameStore(store / "frames" / "k").write(
        f"{video:032x}", list(colours), [bytes(one[1]) for one in made]
    )


def test_report_spells_out_whatever_could_leave_a_script(tmp_path, reported):
    report = reported(write_run(tmp_path / "run", 1, caption=ODD))
    for path in (report / "data").iterdir():
        assert "<" not in path.read_text(encoding="ascii")
    assert data(report, "rows-0")["c"] == [ODD] * 5
    assert data(report, "videos-0")[0]["captions"][0]["caption"] == ODD


def test_report_page_holds_no_script_of_its_own_and_forbids_any(tmp_path, reported):
    run = write_run(tmp_path / "<img onerror=x>", 1)
    text = (reported(run) / "index.html").read_text()
    assert "&lt;img onerror=x&gt;" in text
    assert "<img" not in text
    assert re.findall(r"<script(?! src=\")", text) == []
    assert "default-src 'none'" in text
    assert "https:" not in text


def test_report_is_the_same_bytes_again(tmp_path, reported):
    run = write_run(tmp_path / "run", 3)
    frames(tmp_path / "store", 0, {2.0: 10})
    first = contents(reported(run, store=str(tmp_path / "store")))
    assert contents(reported(run, store=str(tmp_path / "store"))) == first
    assert list(run.glob(".tmp-*")) == []


def test_report_shards_rows_and_videos(tmp_path, reported):
    report = reported(write_run(tmp_path / "run", 4001))
    assert data(report, "meta-0")["row_shards"] == 2
    assert [len(data(report, f"rows-{n}")["c"]) for n in (0, 1)] == [20_000, 5]
    index = data(report, "index-0")
    assert len(index["names"]) == len(index["ids"]) == len(index["shards"]) == 4001
    for number in (0, 1234, 4000):
        shard = index["shards"][number]
        video = data(report, f"videos-{shard}")[number - index["shards"].index(shard)]
        assert (video["video"], len(video["rows"])) == (index["names"][number], 5)
    sizes = [path.stat().st_size for path in (report / "data").glob("videos-*.js")]
    assert len(sizes) > 10
    assert max(sizes) < 2_000_000


def test_report_draws_a_sample_of_too_many_rows(tmp_path, reported):
    run = write_run(tmp_path / "run", 20)
    report = reported(run, max_rows=10)
    rows = data(report, "rows-0")
    assert len(rows["c"]) == 10
    assert rows["v"] == sorted(rows["v"])
    text = (report / "index.html").read_text()
    assert "10 of 100 annotations, drawn at random (seed 0)" in text
    assert data(report, "meta-0")["distributions"][0]["n"] == 100
    assert data(reported(run, max_rows=10, seed=1), "rows-0") != rows


def test_report_without_a_store_says_so(tmp_path, reported):
    report = reported(write_run(tmp_path / "run", 1))
    assert "No thumbnails" in (report / "index.html").read_text()
    assert not (report / "thumbnails").exists()
    assert data(report, "videos-0")[0]["sheet"] == ""


def test_report_shows_the_frame_in_the_middle_of_each_scene(tmp_path, reported):
    run = write_run(tmp_path / "run", 2)
    frames(tmp_path / "store", 0, {0.5: 200, 2.1: 40, 5.9: 250, 21.0: 90})
    report = reported(run, store=str(tmp_path / "store"))
    assert data(report, "videos-0")[0]["sheet"] == "000/000000.jpg"
    sheet = cv2.imread(str(report / "thumbnails" / "000" / "000000.jpg"))
    assert sheet.shape == (72, 6 * 128, 3)
    shades = [int(sheet[36, 64 + 128 * i].mean()) for i in range(6)]
    assert shades == pytest.approx([40, 250, 128, 128, 128, 90], abs=3)
    assert "No thumbnails of 1 videos" in (report / "index.html").read_text()


def test_report_counts_videos_whose_frames_are_damaged(tmp_path, reported):
    run = write_run(tmp_path / "run", 1)
    frames(tmp_path / "store", 0, {2.0: 10})
    path = FrameStore(tmp_path / "store" / "frames" / "k").path_of("0" * 32)
    whole = path.read_bytes()
    for broken in (whole[:100], whole.replace(b"\xff\xd8\xff", b"\0\0\0", 1)):
        path.write_bytes(broken)
        report = reported(run, store=str(tmp_path / "store"))
        assert "No thumbnails of 1 videos" in (report / "index.html").read_text()


def test_report_gives_thumbnails_to_the_first_videos_only(tmp_path, reported):
    run = write_run(tmp_path / "run", 3)
    for number in range(3):
        frames(tmp_path / "store", number, {2.0: 10})
    report = reported(run, store=str(tmp_path / "store"), thumbnails=2)
    assert len(list((report / "thumbnails").rglob("*.jpg"))) == 2
    assert "first 2 videos" in (report / "index.html").read_text()


def test_report_links_videos_in_one_file_alone(tmp_path, reported):
    run, videos = write_run(tmp_path / "run", 2), tmp_path / "my videos"
    videos.mkdir()
    (videos / "video-00000.mp4").write_bytes(b"x")
    report = reported(run, videos=str(videos))
    assert data(report, "local") == ["../../my%20videos/video-00000.mp4", None]
    assert "1 videos are not there to be played" in (report / "index.html").read_text()
    for name, text in contents(report).items():
        assert ("my%20videos" in text.decode("latin-1")) == (name == "data/local.js")
        assert str(tmp_path).encode() not in text
    assert data(reported(run, videos=str(videos), link_videos=False), "local") == []


def test_report_goes_beside_a_release_and_never_into_it(tmp_path, reported):
    release = write_run(tmp_path / "set", 1)
    (release / "data").mkdir()
    before = contents(release)
    assert reported(release) == tmp_path / "set-report"
    with pytest.raises(ConfigError, match="lies in the release"):
        reported(release, out=str(release / "report"))
    assert contents(release) == before


def test_report_replaces_nothing_but_a_report(tmp_path, reported):
    run, out = write_run(tmp_path / "run", 1), tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError, match="holds something else"):
        reported(run, out=str(out))
    assert (out / "thesis.txt").read_text() == "precious"
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(ConfigError, match="file or a link"):
        reported(run, out=str(tmp_path / "link"))


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("lineage.jsonl", lambda lines: lines[1:], "differ in length"),
        ("lineage.jsonl", lambda lines: ["{}x", *lines[1:]], "lineage.jsonl:1: no JSON"),
        (
            "videos.jsonl",
            lambda lines: lines[::-1],
            "is not where videos.jsonl has it|stands where",
        ),
        (
            "final_dataset.jsonl",
            lambda lines: ["{}", *lines[1:]],
            "final_dataset.jsonl:1: there is",
        ),
        ("scenes_merged_similarity.jsonl", lambda lines: lines[::-1], "stands where"),
        ("scenes_merged_similarity.jsonl", lambda lines: ["{}"], ":1: there is no"),
    ],
)
def test_report_of_broken_files_names_them_and_leaves_nothing(
    tmp_path, reported, file, change, said
):
    run = write_run(tmp_path / "run", 2)
    lines = (run / file).read_text().splitlines()
    (run / file).write_text("".join(f"{line}\n" for line in change(lines)))
    with pytest.raises(DatasetError, match=said):
        reported(run)
    assert not (run / "report").exists()
    assert list(run.glob(".tmp-*")) == []


def test_report_without_similarities_or_rows_is_written(tmp_path, reported):
    run = write_run(tmp_path / "run", 1)
    for name in ("final_dataset.jsonl", "lineage.jsonl"):
        (run / name).write_text("")
    (run / "scenes_merged_similarity.jsonl").unlink()
    report = reported(run)
    assert data(report, "meta-0")["row_shards"] == 0
    assert data(report, "videos-0")[0]["matrix"] is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"thumbnails": -1}, "thumbnails"),
        ({"max_rows": 0}, "max_rows"),
        ({"jobs": "some"}, "jobs"),
        ({"videos": "/nowhere/at/all"}, "videos=/nowhere/at/all"),
    ],
)
def test_report_settings_out_of_range_are_named(settings, said):
    with pytest.raises(ConfigError, match=said):
        ReportSettings(**settings).check()


def test_report_copies_scripts_styles_and_licences(tmp_path, reported):
    report = reported(write_run(tmp_path / "run", 1))
    page = (report / "index.html").read_text()
    for name in re.findall(r'(?:src|href)="([^"#:]+)"', page):
        assert (report / name).is_file(), name
    assert (report / "vendor" / "tabulator.LICENSE.txt").read_text().startswith("The MIT License")
