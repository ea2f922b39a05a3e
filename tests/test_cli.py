"""The command line, in a process of its own."""

import os
import subprocess
import sys

import pytest
from running import command, ivg

ALL = ["build", "show", "sweep-summary", "doctor", "plan", "merge-runs", "report", "release"]
ALL += ["verify", "rebuild", "diff", "audit", "push", "export", "import"]

HEAVY = (
    "torch",
    "open_clip",
    "transformers",
    "timm",
    "cv2",
    "av",
    "wandb",
    "pyarrow",
    "ray",
    "lightning",
    "pandas",
    "matplotlib",
    "jinja2",
)


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--cfg", "job"], ["build", "--help"]])
def test_help_and_config_import_nothing_heavy(tmp_path, arguments):
    """What keeps `ivg --help` and `--cfg job` under a second."""
    found = f"sorted({set(HEAVY)!r} & {{*sys.modules}})"
    code = (
        "import sys, atexit; from ivg.cli import main; "
        f"atexit.register(lambda: print('HEAVY', {found})); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "HEAVY []" in done.stdout
    assert "negatives" in done.stdout or "commands:" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_ivg_without_a_command_says_what_there_is(tmp_path):
    done = ivg(cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert f"{{{','.join(ALL)}}}" in done.stderr


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("split.treshold=3", "treshold"),
        ("merge=median", "Available options in 'merge'"),
        ("negativs.max_secs=3", "negativs"),
        ("experiment=nope", "experiment/nope"),
    ],
)
def test_build_names_a_misspelt_override(tmp_path, override, said):
    done = ivg("build", override, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_build_names_a_missing_value_and_does_nothing(tmp_path):
    done = ivg("build", "source=local", "hydra.run.dir=run", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "source.path has no value" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "store").exists()


def test_show_names_a_folder_without_a_run(tmp_path):
    done = ivg("show", str(tmp_path), cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "summary.json: no such file" in done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ivg ", ALL),
        ("ivg sh", ["show"]),
        ("ivg nothing", []),
        ("ivg show ru", []),  # the shell completes file names
        ("ivg build merge=", ["merge=max", "merge=mean"]),
    ],
)
def test_ivg_completes_on_tab(tmp_path, typed, offered):
    done = subprocess.run(
        command("-sc", "query=bash"),
        cwd=tmp_path,
        env={**os.environ, "COMP_LINE": typed, "COMP_POINT": str(len(typed))},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == offered
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_build_prints_the_completion_script(tmp_path):
    done = ivg("build", "-sc", "install=bash", cwd=tmp_path)
    assert "complete " in done.stdout
