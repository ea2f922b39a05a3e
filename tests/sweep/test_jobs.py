"""The jobs of a sweep as they are read back."""

import pytest
from filelock import FileLock
from swept_folders import figure, write_job

from ivg.errors import ConfigError
from ivg.sweep.errors import forget_jobs
from ivg.sweep.jobs import read_jobs, swept


def test_jobs_come_by_number_and_at_any_depth(tmp_path):
    for name in ("10", "2", "deep/er/1", "0"):
        write_job(tmp_path / name)
    (tmp_path / "0" / "inside" / ".hydra").mkdir(parents=True)  # no job: it lies in one
    assert [job.name for job in read_jobs(tmp_path)] == ["0", "2", "10", "deep/er/1"]


def test_swept_names_the_overrides_that_differ(tmp_path):
    write_job(tmp_path / "0", "experiment=quickstart", "filter.threshold=0.5", "merge=max")
    write_job(tmp_path / "1", "experiment=quickstart", "filter.threshold=0.6", "~tracker")
    assert swept(read_jobs(tmp_path)) == ["filter.threshold", "merge", "~tracker"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"annotations": None, "error": "ConfigError: no"}, "ConfigError: no"),
        ({"annotations": None}, "killed"),
        ({"message": "no video was left"}, "no video was left"),
        ({"error": "ValueError: broke late"}, "ValueError: broke late"),
        ({"objective": "a/b"}, "no such figure"),
    ],
)
def test_job_that_failed_has_its_message(tmp_path, told, said):
    write_job(tmp_path / "0", **told)
    (job,) = read_jobs(tmp_path)
    assert (job.status, job.objective) == ("failed", None)
    assert said in job.message


@pytest.mark.parametrize("name", ["summary.json", "quality.json", ".hydra/overrides.yaml"])
@pytest.mark.parametrize("text", ["{", "[1", '"x'])
def test_job_with_a_broken_file_is_a_failed_one(tmp_path, name, text):
    write_job(tmp_path / "0", "a=1")
    (tmp_path / "0" / name).write_text(text)
    write_job(tmp_path / "1", "a=2")
    broken, whole = read_jobs(tmp_path)
    assert broken.status == "failed"
    assert name in broken.message
    assert whole.status == "finished"


def test_job_has_the_objective_of_its_config(tmp_path):
    write_job(tmp_path / "0", figures=(figure(0.5),), objective="groundability/R@1")
    assert read_jobs(tmp_path)[0].objective == figure(0.5)


def test_folder_that_is_no_sweep_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing: there is no such folder"):
        read_jobs(tmp_path / "nothing")
    write_job(tmp_path / "run")
    with pytest.raises(ConfigError, match=r"run: holds no job of a sweep"):
        read_jobs(tmp_path / "run")


def test_jobs_of_an_earlier_sweep_are_forgotten_but_for_what_is_running(tmp_path):
    write_job(tmp_path / "0", error="ConfigError: no")
    write_job(tmp_path / "1")
    with FileLock(tmp_path / "1" / ".lock"):
        forget_jobs(tmp_path)
    assert [job.name for job in read_jobs(tmp_path)] == ["1"]
    assert not (tmp_path / "0" / "summary.json").exists()
    forget_jobs(tmp_path / "not" / "there")
