"""From the quickstart's report through a reviewer's marks to another dataset."""

import json

import pytest
from running import books, ivg, rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(quickstart):
    done = ivg("report", "runs/quickstart", cwd=quickstart.home)
    assert done.stdout == "open runs/quickstart/report/index.html\n"
    return quickstart.folder / "report"


def test_report_shows_the_frames_of_the_quickstart(report, visit):
    page = visit(report).open("annotations")
    page.keyboard.press("j")
    page.wait_for_selector("#negative")
    assert page.locator(".scene .thumb").count() == 12
    size = """() => new Promise((done) => {
        const image = new Image();
        image.onload = () => done([image.naturalWidth, image.naturalHeight]);
        image.src = getComputedStyle(document.querySelector('.thumb')).backgroundImage.slice(5, -2);
    })"""
    assert page.evaluate(size) == [12 * 128, 72]
    assert "starts with the video" in page.inner_text(".lineage")
    assert "ends at segment 4, which is alike by 0.984" in page.inner_text(".lineage")


def test_report_plays_a_segment_and_stops_at_its_end(report, visit):
    page = visit(report).open("annotations")
    page.keyboard.press("j")
    page.wait_for_selector("#negative")
    page.locator(".segment").nth(3).click()
    page.wait_for_selector("video")
    state = "() => { const v = document.querySelector('video'); return [v.currentTime, v.paused]; }"
    page.wait_for_timeout(1500)
    at, _ = page.evaluate(state)
    assert 11.5 <= at <= 15.0
    page.evaluate("() => { document.querySelector('video').currentTime = 14.7; }")
    page.wait_for_timeout(2500)
    at, paused = page.evaluate(state)
    assert paused
    assert at == pytest.approx(15.0, abs=0.4)


def test_marks_of_the_page_reach_a_build(quickstart, report, visit, tmp_path):
    page = visit(report).open("annotations")
    for key in ("j", "r", "e"):
        page.keyboard.press(key)
    page.fill("#edit-text", 'a "strong" <coffee>')
    page.keyboard.press("Enter")
    with page.expect_download() as saved:
        page.click("#save")
    saved.value.save_as(tmp_path / "review.jsonl")
    with (tmp_path / "review.jsonl").open("a") as file:
        for start, end, caption in ((15.0, 19.8, "a photo of an albatross"), (1, 2, "nobody said")):
            mark = {"start_sec": start, "end_sec": end, "caption": caption, "mark": "keep"}
            (videos,) = rows(quickstart.folder / "videos.jsonl")
            file.write(json.dumps({"video_id": videos["video_id"], **mark}) + "\n")
    done = ivg(
        "build",
        "experiment=quickstart",
        "filter=review",
        "filter@filter.unmarked=small",
        f"filter.file={tmp_path / 'review.jsonl'}",
        "hydra.run.dir=runs/reviewed",
        cwd=quickstart.home,
    )
    run = quickstart.home / "runs" / "reviewed"
    before, after = (
        {row["start_sec"]: row["caption"] for row in rows(folder / "final_dataset.jsonl")}
        for folder in (quickstart.folder, run)
    )
    del before[0.0]
    assert after == {**before, 4.0: 'a "strong" <coffee>', 15.0: "a photo of an albatross"}
    entered = books(run)
    assert entered["filter", "caption"]["dropped"] == {"below_threshold": 2, "rejected": 1}
    assert entered["filter", "mark"]["dropped"] == {"no_such_caption": 1}
    assert "1 of captions that are not" in " ".join((done.stdout + done.stderr).split())
    assert {line["computed"] for (stage, _), line in entered.items() if stage == "score"} == {0}
    edited = [row for row in rows(run / "lineage.jsonl") if row["edited"]]
    assert [(row["caption_index"], row["clip_sim"]) for row in edited] == [(1, 0.78)]
    ivg("report", "runs/reviewed", cwd=quickstart.home)
    again = visit(run / "report").open("annotations")
    again.keyboard.press("j")
    again.wait_for_selector("#caption")
    assert again.inner_text("#caption") == 'a "strong" <coffee>'
    assert "edited by a reviewer" in again.inner_text(".lineage")


def test_build_with_a_broken_file_of_marks_computes_nothing(quickstart, tmp_path):
    (tmp_path / "review.jsonl").write_text("{}\n")
    done = ivg(
        "build",
        "experiment=quickstart",
        "filter=review",
        f"filter.file={tmp_path / 'review.jsonl'}",
        f"hydra.run.dir={tmp_path}/run",
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "review.jsonl:1: video_id must be a text" in done.stderr
    assert not (tmp_path / "store").exists()
