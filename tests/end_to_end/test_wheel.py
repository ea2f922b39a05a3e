"""The wheel alone, in a venv elsewhere, runs the quickstart.

The venv borrows the dependencies installed here; `ivg` itself comes from the wheel only.
"""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from running import rows

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".*", "build", "dist", "runs", "store", "*.egg-info", "tests")


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_wheel_runs_the_quickstart_elsewhere(tmp_path):
    left_out = shutil.ignore_patterns(*LEFT_OUT)
    source = shutil.copytree(ROOT, tmp_path / "source", ignore=left_out)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    run(*build, "-o", tmp_path, source, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import ivg; print(ivg.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path)
    run(tmp_path / "venv" / "bin" / "ivg", "build", "experiment=quickstart", cwd=tmp_path)
    assert len(rows(tmp_path / "runs" / "quickstart" / "final_dataset.jsonl")) == 8
