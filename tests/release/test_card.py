"""The card is read by people and by the hub, and captions are text in both."""

import json
import re

import numpy as np
import pytest
from huggingface_hub import DatasetCard
from PIL import Image
from planted_runs import edit, planted_run

from ivg.release.card import escaped
from ivg.release.card_tables import Code, models_table
from ivg.release.facts import Facts, measured, size_category, spread
from ivg.release.plots import TITLES, write_plots
from ivg.release.publish import publish
from ivg.release.tables import COLUMNS

HOSTILE = '<script>alert("x")</script> | [a](http://evil) ![b](c) `d` **e** $f$ & \n# g'


def shown_card(folder):
    return (folder / "README.md").read_text()


def test_card_has_metadata_that_the_hub_reads(kept_release):
    card = DatasetCard.load(kept_release / "README.md")
    assert (card.data.language, card.data.license) == ("en", "unknown")
    assert card.data.size_categories == ["n<1K"]
    assert card.data.task_categories == ["video-text-to-text"]
    splits = json.loads((kept_release / "manifest.json").read_text())["splits"]
    assert card.data["configs"] == [
        {
            "config_name": "default",
            "data_files": [
                {"split": name, "path": f"data/{name}.parquet"}
                for name in ("train", "validation", "test")
                if name in splits
            ],
        }
    ]


def test_card_tells_fields_books_quality_models_and_how_to_check(kept_release):
    text = shown_card(kept_release)
    assert all(f"| `{name}` |" in text for name in COLUMNS)
    assert "| filter | captions | 33 | 30 | 3 below\\_threshold |  |" in text
    assert "| source | videos | 11 | 10 | 1 duplicate |  |" in text
    assert "Nothing was measured." in text
    assert "| embedder | tiny | abc | mit |" in text
    assert "30 rows about 10 of 10 videos" in text
    assert "ivg verify set-1\nivg rebuild set-1\n" in text
    assert "{{" not in text
    assert "\n\n\n" not in text


def test_card_shows_plots_that_are_there(kept_release):
    shown = re.findall(r"\]\((plots/[\w.]+)\)", shown_card(kept_release))
    assert shown == [f"plots/{name}.png" for name in TITLES]
    for path in shown:
        with Image.open(kept_release / path) as picture:
            assert picture.size == (600, 320)
            assert picture.info.keys() <= {"dpi"}


def test_card_escapes_captions_and_names(tmp_path, settings):
    run = planted_run(tmp_path / "run", [HOSTILE.replace("/", "")])
    row = {"video": HOSTILE, "start_sec": 0.0, "end_sec": 1.0, "caption": HOSTILE}
    example = {**row, "neg_start_sec": 0.0, "neg_end_sec": 2.0}
    edit(run / "summary.json", lambda found: found.update(examples=[example]))
    text = shown_card(publish(run, settings))
    (line,) = [line for line in text.splitlines() if "alert" in line]
    assert line.count(r"\<script\>alert") == 2
    assert len(re.findall(r"(?<!\\)\|", line)) == 5
    assert not re.search(r"(?<!\\)[<>`*$\[\]]", line)


def test_card_has_quality_with_intervals_and_n(run, settings):
    figure = {"name": "uniqueness/share", "value": 0.25, "low": 0.1, "high": 0.5, "n": 8}
    quality = {"judge": "eyes_of_its_own", "figures": [{**figure, "floor": 0.05, "better": 1}]}
    (run / "quality.json").write_text(json.dumps(quality))
    out = publish(run, settings)
    assert "| uniqueness/share | 0.25 | 0.1 .. 0.5 | 0.05 | 8 |" in shown_card(out)
    assert "Judge: eyes\\_of\\_its\\_own." in shown_card(out)
    assert (out / "quality.json").read_bytes() == (run / "quality.json").read_bytes()


def test_card_says_what_a_rebuild_needs(tmp_path, settings):
    source = {"_target_": "ivg.sources.local.LocalSource", "path": "/data/of alice"}
    run = planted_run(tmp_path / "run", config={"source": source})
    assert "ivg rebuild set-1 source.path=...\n" in shown_card(publish(run, settings))


def test_escaped_leaves_plain_words_and_our_own_markdown():
    assert escaped("a cat - in 3.5 (or so) /days") == "a cat - in 3.5 (or so) /days"
    assert escaped("www.x.org") == r"www\.x.org"
    assert escaped(Code("*a*")) == "*a*"
    assert escaped(3) == 3


def test_models_of_an_ensemble_are_told_one_by_one():
    known = {"captioner": {"a": {"model": "m", "licence": "mit"}, "b": {"model": "n"}}, "x": None}
    assert models_table(known) == [
        {"role": "captioner/a", "model": "m", "revision": "", "licence": "mit"},
        {"role": "captioner/b", "model": "n", "revision": "", "licence": "unknown"},
    ]


@pytest.mark.parametrize(
    ("n", "word"), [(0, "n<1K"), (1000, "1K<n<10K"), (715_000, "100K<n<1M"), (10**8, "n>10M")]
)
def test_size_category_is_the_hubs(n, word):
    assert size_category(n) == word


def test_measured_by_hand():
    row = {"start_sec": 4, "end_sec": 6, "neg_start_sec": 2, "neg_end_sec": 12, "caption": "a b"}
    assert measured({**row, "clip_sim": 0.5}) == {
        "segment_secs": 2,
        "span_secs": 10,
        "clip_sim": 0.5,
        "caption_words": 2,
        "position": 0.3,
    }


def test_facts_leave_out_what_was_never_measured():
    row = {"start_sec": 4, "end_sec": 6, "neg_start_sec": 2, "neg_end_sec": 12, "caption": "a"}
    facts = Facts()
    assert len(list(facts.watch([{**row, "video": "v", "clip_sim": None}] * 2))) == 2
    assert facts.n_rows == 2
    assert "clip_sim" not in facts.arrays()
    assert spread(np.array([1.0, 2.0, 6.0])) == {"least": 1, "median": 2, "mean": 3, "most": 6}


def test_plots_do_not_follow_the_users_matplotlib(tmp_path):
    from matplotlib import rc_context, rcParams

    values = {"clip_sim": np.linspace(0, 1, 50)}
    write_plots(values, tmp_path / "one")
    with rc_context({"axes.facecolor": "red", "savefig.dpi": 33}):
        write_plots(values, tmp_path / "two")
        assert rcParams["axes.facecolor"] == "red"
    one, two = (tmp_path / name / "clip_sim.png" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
