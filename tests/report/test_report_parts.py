"""The parts of a report, one by one; the report of a sweep; what is vendored."""

import hashlib
import re
from pathlib import Path

import pytest
from planted_runs import planted_run
from synthetic_runs import write_run

from ivg.dataset import open_dataset
from ivg.errors import DatasetError
from ivg.release.splits import Splits
from ivg.release.tables import joined, write_tables
from ivg.report.command import ReportSettings
from ivg.report.links import Links
from ivg.report.material import materials
from ivg.report.overview import distribution
from ivg.report.scripts import Shards, script
from ivg.report.sweep import is_sweep, write_sweep_report

ROOT = Path(__file__).parents[2]


def test_shards_hold_one_item_that_is_too_long_alone():
    written = {}
    shards = Shards(written.__setitem__)
    places = [shards.add(item, length) for item, length in (("a", 10), ("b", 10**9), ("c", 10))]
    shards.flush()
    assert places == [0, 1, 2]
    assert written == {0: ["a"], 1: ["b"], 2: ["c"]}


def test_links_leave_names_that_lead_out_of_the_folder(tmp_path):
    (tmp_path / "videos").mkdir()
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (tmp_path / "videos" / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    links = Links(tmp_path / "out", tmp_path / "videos", {})
    odd = ["../secret.mp4", str(tmp_path / "secret.mp4"), "link.mp4", "a\0b", "x" * 5000, ""]
    assert [links.of(name) for name in odd] == [None] * 6


def test_report_of_a_sweep_links_a_report_of_each_job(tmp_path):
    sweep = tmp_path / "sweep"
    for number in range(2):
        job = write_run(sweep / str(number), 1 + number)
        (job / ".hydra").mkdir()
        (job / ".hydra" / "overrides.yaml").write_text(f"- filter.threshold=0.{number}\n")
    assert is_sweep(sweep)
    assert not is_sweep(sweep / "0")
    report = write_sweep_report(sweep, ReportSettings())
    text = (report / "index.html").read_text()
    assert re.findall(r'href="(jobs/[^"]+)"', text) == ["jobs/0/index.html", "jobs/1/index.html"]
    assert len((report / "jobs" / "1" / "data" / "index-0.js").read_text().split(".mp4")) == 3
    assert write_sweep_report(sweep, ReportSettings(jobs="best")) == report
    assert len(list((report / "jobs").iterdir())) == 1


def test_materials_know_the_split_of_an_undecodable_name(tmp_path):
    release = planted_run(tmp_path / "release", ["a.mp4", "\udce9.mp4"])
    dataset = open_dataset(release)
    write_tables(joined(dataset), Splits(1, 0, 0), release)
    assert [one.split for one in materials(dataset)] == ["train", "train"]


def test_script_refuses_what_json_can_t_hold():
    with pytest.raises(DatasetError, match="can't hold"):
        script("rows", 0, [float("nan")])


def test_distribution_gives_whole_numbers_a_bin_each():
    found = distribution("words", "words", [3, 4, 4, 6])
    assert found["counts"] == [1, 2, 0, 1]
    assert found["edges"] == [3, 4, 5, 6, 7]
    assert distribution("same", "s", [0.25] * 9)["counts"].count(9) == 1
    assert distribution("nothing", "s", []) is None


def test_vendored_files_are_those_of_the_readme():
    folder = ROOT / "ivg" / "report" / "vendor"
    told = dict(
        re.findall(r"^\| (\S+) \|.* ([0-9a-f]{64}) \|$", (folder / "README.md").read_text(), re.M)
    )
    code = [path for path in folder.iterdir() if path.name.endswith((".js", ".css"))]
    assert len(code) == 3
    for path in code:
        assert told[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_our_scripts_never_write_html():
    scripts = list((ROOT / "ivg" / "report" / "static").glob("*.js"))
    assert len(scripts) > 5
    for path in scripts:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", path.read_text()
        )
        assert len(path.read_text().splitlines()) <= 250
