"""Table, plots and page of a sweep."""

import io
import re
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console
from swept_folders import ROW, figure, write_job

from ivg.errors import ConfigError
from ivg.sweep.jobs import read_jobs
from ivg.sweep.summarise import sweep_summary
from ivg.sweep.table import table

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def sweep(tmp_path):
    """Three jobs over a threshold and a pooling, the last of them failed."""
    folder = tmp_path / "sweep"
    first = (figure(0.5, low=0.4, high=0.7), figure(None, "bias/x", better=-1))
    row = {**ROW, "caption": SCRIPT, "video": "[red]<b>.mp4"}
    told = {"annotations": 9, "figures": first, "row": row}
    write_job(folder / "0", "filter.threshold=0.5", "merge=max", **told)
    second = (figure(0.75), figure(0.1, "bias/x", better=-1))
    more = {"annotations": 4, "figures": second, "objective": "groundability/R@1", "row": row}
    write_job(folder / "1", "filter.threshold=1e-1", f"merge='$x$ {SCRIPT}'", **more)
    error = f"ConfigError: {SCRIPT} [/red] \x1b[31m"
    write_job(folder / "2", "filter.threshold=0.7", "merge=max", annotations=None, error=error)
    return folder


def summed(folder, width=250):
    console = Console(file=io.StringIO(), width=width)
    sweep_summary(folder, console)
    return console.file.getvalue()


def test_table_has_a_row_a_job_and_a_column_a_figure(sweep):
    frame = table(read_jobs(sweep)).set_index("job")
    assert frame["filter.threshold"].tolist() == [0.5, 0.1, 0.7]
    assert frame["status"].tolist() == ["finished", "finished", "failed"]
    assert frame["annotations"].tolist()[:2] == [9, 4]
    assert frame["objective"].tolist()[:2] == [9, 0.75]
    assert frame.loc["0", ["groundability/R@1 low", "groundability/R@1 high"]].tolist() == [
        0.4,
        0.7,
    ]
    assert frame["bias/x n"].tolist()[:2] == [0, 20]
    assert frame.loc["0", ["computed/embed", "computed/score"]].tolist() == [1, 0]
    assert frame.loc["2", "message"].startswith("ConfigError: ")
    assert frame.loc["2", ["annotations", "objective", "seconds", "bias/x"]].isna().all()


def test_csv_holds_the_table(sweep):
    summed(sweep)
    frame = table(read_jobs(sweep))
    back = pd.read_csv(sweep / "summary.csv", dtype={"job": str}, keep_default_na=False)
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            read = pd.to_numeric(back[name]).to_numpy(float)
            np.testing.assert_array_equal(read, frame[name].to_numpy(float))
        else:
            assert back[name].tolist() == frame[name].fillna("").tolist()


def test_plots_are_pictures_with_something_in_them(sweep):
    summed(sweep)
    names = {path.stem for path in sweep.glob("*.png")}
    assert names == {
        "yield_against_quality",
        "figures_against_filter.threshold",
        "figures_against_merge",
        "distributions",
    }
    for path in sweep.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width >= 300
            assert len(picture.convert("RGB").getcolors(1 << 20)) > 10


def test_page_loads_nothing_and_escapes_everything(sweep):
    summed(sweep)
    page = (sweep / "summary.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 4
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert (
        b64decode(sources[0].partition(",")[2])
        == (sweep / "yield_against_quality.png").read_bytes()
    )
    assert not re.search(r"<script|<b>|url\(|@import|https?:|\x1b", page)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3  # caption, override, message
    assert "0.5 <small>0.4 .. 0.7, n=20</small>" in page
    assert "2 of 3 jobs finished" in page


def test_console_shows_jobs_messages_and_the_best(sweep):
    said = summed(sweep)
    assert "3 jobs" in said
    assert "0.5 (0.4 .. 0.7)" in said
    assert "embed 2/3, score" in said
    assert f"2: ConfigError: {SCRIPT} [/red] \\x1b[31m" in said
    assert said.splitlines()[-1] == "ivg build filter.threshold=0.5 merge=max"


def test_sweep_in_which_all_failed_has_a_table_and_no_best(tmp_path):
    write_job(tmp_path / "s" / "0", "a=1", annotations=None, error="ConfigError: no")
    write_job(tmp_path / "s" / "1", "a=2", annotations=None)
    said = summed(tmp_path / "s")
    assert "best" not in said
    assert sorted(p.name for p in (tmp_path / "s").iterdir() if p.is_file()) == [
        "summary.csv",
        "summary.html",
    ]


def test_sweep_without_annotations_or_overrides_is_summed_up(tmp_path):
    write_job(tmp_path / "0", annotations=0, figures=(figure(None),))
    said = summed(tmp_path)
    assert "1 jobs" in said
    assert "best" not in said


def test_override_called_like_a_column_keeps_its_own(tmp_path):
    write_job(tmp_path / "0", "objective=null", annotations=3)
    found = {"figures": (figure(0.5),), "objective": "groundability/R@1"}
    write_job(tmp_path / "1", "objective=groundability/R@1", **found)
    frame = table(read_jobs(tmp_path))
    assert frame["objective="].tolist() == ["null", "groundability/R@1"]
    assert frame["objective"].tolist() == [3, 0.5]


def test_empty_folder_is_named(tmp_path):
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path))):
        sweep_summary(tmp_path, Console())
