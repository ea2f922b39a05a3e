"""The page in a browser, from disk."""

import json

import pytest
from synthetic_runs import write_run

ODD = """<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" & 'so' """ + "\u2028`${1}`"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("plain") / "run", 5)


def captions(page) -> list[str]:
    return page.locator(".tabulator-row [tabulator-field=c]").all_inner_texts()


def column(page, field: str) -> list[float]:
    cells = page.locator(f".tabulator-row [tabulator-field={field}]").all_inner_texts()
    return [float(cell) for cell in cells]


def test_page_opens_from_disk_and_shows_the_way_to_the_rows(plain, reported, visit):
    page = visit(reported(plain)).open()
    assert page.locator("#charts canvas").count() == 4
    funnel = page.locator(".funnel > li").all_inner_texts()
    assert any(
        "filter" in one and "30 → 25" in one and "5 below threshold" in one for one in funnel
    )


def test_page_sorts_and_filters(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")
    assert page.inner_text("#count") == "25 annotations"
    page.select_option("#order", "sim")
    sims = column(page, "q")
    assert sims == sorted(sims)
    page.click(".tabulator-col[tabulator-field=s]")
    page.click(".tabulator-col[tabulator-field=s]")
    starts = column(page, "s")
    assert starts == sorted(starts, reverse=True)
    page.fill("#search", "VIDEO-00003")
    page.wait_for_selector("#count:text-is('5 of 25 annotations')")
    page.fill("#least", "2")
    page.wait_for_selector("#count:text-is('0 of 25 annotations')")
    assert page.locator(".tabulator-placeholder").is_visible()


def test_page_draws_a_sample_that_its_seed_decides(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")

    def sample(seed: str) -> list[str]:
        page.fill("#seed", seed)
        return captions(page)

    page.select_option("#order", "random")
    page.fill("#size", "6")
    first, other = sample("1"), sample("2")
    assert len(first) == len(other) == 6
    assert page.inner_text("#count") == "6 of 25 annotations"
    assert first != other
    assert sample("1") == first


def test_page_draws_the_span_at_the_pixels_of_its_seconds(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")
    page.locator(".tabulator-row").nth(1).click()
    axis = page.locator(".lane-axis .plot").bounding_box()
    record = json.loads((plain / "videos.jsonl").read_text().splitlines()[0])

    def x_of(seconds: float) -> float:
        return axis["x"] + axis["width"] * seconds / record["duration"]

    for name, start, end in (("#negative", 0.0, 12.0), ("#positive", 4.0, 8.0)):
        box = page.locator(name).bounding_box()
        assert box["x"] == pytest.approx(x_of(start), abs=1)
        assert box["x"] + box["width"] == pytest.approx(x_of(end), abs=1)
    segment = page.locator(".segment").nth(3).bounding_box()
    assert segment["x"] == pytest.approx(x_of(12.0), abs=1)
    assert "bounds the span" in page.locator(".segment").nth(3).get_attribute("aria-label")
    before = page.locator("#positive").bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("#positive").bounding_box()["width"] == pytest.approx(2 * before, abs=1)


def test_page_of_a_long_video_draws_what_is_near_the_span(tmp_path, reported, visit):
    page = visit(reported(write_run(tmp_path / "run", 1, scenes=900))).open("annotations")
    page.fill("#search", "cat")
    page.keyboard.press("Escape")
    page.select_option("#order", "sim")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_selector("#positive")
    timeline, positive = (page.locator(one).bounding_box() for one in (".timeline", "#positive"))
    assert positive["width"] >= 20
    assert timeline["x"] <= positive["x"] <= timeline["x"] + timeline["width"] - 20
    assert 5 < page.locator(".scene").count() < 250
    page.locator(".timeline").evaluate("(e) => { e.scrollLeft = 0; }")
    page.wait_for_selector(".scene[aria-label='scene 1, 0.00–4.00 s']")
    assert "too large to be shown" in page.inner_text("#detail")
    assert " of 900" in page.inner_text("#detail")


def test_page_reads_the_similarity_of_segments(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")
    page.locator(".tabulator-row").nth(1).click()
    page.focus("canvas.matrix")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#matrix-value") == "segments 2 and 3: 0.250"
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#matrix-value") == "segments 3 and 3: 1.000"


def test_page_shows_markup_in_captions_and_names_as_text(tmp_path, reported, visit):
    run = write_run(tmp_path / "<b>run", 1, caption=ODD, name="<i>a</i>'\".mp4")
    one = visit(reported(run, out=str(tmp_path / "out")))
    page = one.open("annotations")
    page.locator(".tabulator-row").first.click()
    assert page.locator("#caption").text_content() == ODD
    assert "<script>alert(1)</script>" in captions(page)[0]
    assert "<i>a</i>'\".mp4" in page.inner_text("#detail")
    assert "<b>run" in page.inner_text("h1")
    page.keyboard.press("e")
    page.fill("#edit-text", "<img src=x onerror=alert(3)>")
    page.keyboard.press("Enter")
    assert page.locator("#caption").text_content() == "<img src=x onerror=alert(3)>"
    assert page.locator("#annotations img, #annotations script").count() == 0


def test_page_is_reviewed_by_keys_and_keeps_its_marks(plain, reported, visit, tmp_path):
    one = visit(reported(plain))
    page = one.open("annotations")
    for key in ("j", "a", "r", "ArrowDown", "e"):  # without a pause: none may meet another row
        page.keyboard.press(key)
    page.fill("#edit-text", "a new text")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tally:text-is('1 kept, 1 rejected, 1 edited')")
    page.reload()
    page.wait_for_selector(".tabulator-row")
    assert page.inner_text("#tally") == "1 kept, 1 rejected, 1 edited"
    signs = page.locator(".tabulator-row [tabulator-field=mark]").all_inner_texts()
    assert signs[:4] == ["✓ kept", "✗ rejected", "", "✎ edited"]
    assert captions(page)[3] == "a new text"
    with page.expect_download() as saved:
        page.click("#save")
    assert saved.value.suggested_filename == "review.jsonl"
    file = tmp_path / "review.jsonl"
    saved.value.save_as(file)
    marks = [json.loads(line) for line in file.read_text().splitlines()]
    assert [mark["mark"] for mark in marks] == ["keep", "reject", "edit"]
    assert marks[2]["text"] == "a new text"
    page.keyboard.press("j")
    page.keyboard.press("u")
    page.wait_for_selector("#tally:text-is('0 kept, 1 rejected, 1 edited')")
    page.set_input_files("#load", file)
    page.wait_for_selector("#tally:text-is('1 kept, 1 rejected, 1 edited')")
    page.select_option("#marks", "reject")
    page.wait_for_selector("#count:text-is('1 of 25 annotations')")


def test_page_refuses_a_broken_file_of_marks(plain, reported, visit, tmp_path):
    page = visit(reported(plain)).open("annotations")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"mark": "keep"}\n')
    page.set_input_files("#load", broken)
    page.wait_for_selector("#tally.bad")
    assert page.inner_text("#tally") == "broken.jsonl was not loaded: line 1 is no mark"


def test_page_says_that_a_video_is_not_at_hand(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")
    page.locator(".tabulator-row").first.click()
    page.locator(".segment").first.click()
    page.wait_for_selector("#player .note")
    assert "not at hand" in page.inner_text("#player")


@pytest.mark.parametrize("view", ["overview", "annotations"])
def test_page_fits_a_phone(plain, reported, visit, view):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = visit(reported(plain), **phone).open(view)
    if view == "annotations":
        page.locator(".tabulator-row").first.tap()
        page.wait_for_selector("#negative")
        assert page.locator("#detail").bounding_box()["y"] == pytest.approx(0, abs=60)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_page_follows_the_colours_of_the_system(plain, reported, visit, scheme, dark):
    page = visit(reported(plain), color_scheme=scheme).open("annotations")
    for place in ("body", ".tabulator-row", ".tabulator-header"):
        back, ink = page.eval_on_selector(
            place, "e => { const s = getComputedStyle(e); return [s.backgroundColor, s.color]; }"
        )
        brightness = [sum(map(int, one[4:-1].split(","))) / 3 for one in (back, ink)]
        assert (brightness[0] < 60) == dark
        assert abs(brightness[0] - brightness[1]) > 80


def test_page_is_labelled(plain, reported, visit):
    page = visit(reported(plain)).open("annotations")
    page.locator(".tabulator-row").first.click()
    page.wait_for_selector("#negative")
    assert page.get_by_role("main").count() == page.get_by_role("navigation").count() == 1
    assert page.get_by_role("region", name="Timeline").count() == 1
    unlabelled = """() => [...document.querySelectorAll('button, input, select, textarea, canvas')]
        .filter((e) => e.checkVisibility() && !(e.textContent.trim() || e.labels?.length
            || e.getAttribute('aria-label'))).map((e) => e.outerHTML)"""
    assert page.evaluate(unlabelled) == []
    assert "negative span 0.00" in page.get_attribute("#negative", "aria-label")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
