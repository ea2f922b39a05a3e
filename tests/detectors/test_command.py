"""Cut lists of split=content equal those that the `scenedetect` command writes."""

import csv
import subprocess
import sys
from dataclasses import replace

import pytest
from detection_videos import VIDEOS
from splitting import contexts, scan_for

from ivg.records import Video
from ivg.stage import run_stage
from ivg.stages.split import Split

MILLISECOND = 0.001


def told_by_the_command(path, folder) -> list[float]:
    """Start of every scene, seconds; ContentDetector's own defaults, the command has others."""
    options = ["-i", str(path), "-o", str(folder), "-b", "pyav", "-m", "15"]
    command = [sys.executable, "-m", "scenedetect", *options, "detect-content", "-t", "27"]
    subprocess.run([*command, "list-scenes", "-q"], check=True, capture_output=True, timeout=60)
    (written,) = folder.glob("*.csv")
    lines = written.read_text().splitlines()[1:]  # before the table is a line of cuts
    return [float(row["Start Time (seconds)"]) for row in csv.DictReader(lines)]


@pytest.mark.parametrize("name", VIDEOS)
def test_content_cuts_where_the_scenedetect_command_cuts(tmp_path, videos, name):
    split = Split(min_secs=0.0)
    context = contexts(tmp_path / "kept")
    (tmp_path / "out").mkdir()
    video = Video("v", name, videos[name])
    scan = run_stage(scan_for(split), video, context)
    assert scan.outcome, scan.failure
    done = run_stage(split, replace(video, **scan.outcome.fields), context)
    found = [scene.start_sec for scene in done.outcome.fields["scenes"]]
    expected = told_by_the_command(videos[name], tmp_path / "out")
    assert len(expected) > 1
    assert found == pytest.approx(expected, abs=MILLISECOND)
