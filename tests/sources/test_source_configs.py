"""The sources of files build from their YAML, cheaply; the sample is there."""

from pathlib import Path

import pytest
import yaml

from ivg.sources.sample import SampleSource
from ivg.targets import build

CONFIGS = Path(__file__).parents[2] / "conf" / "source"
NEEDED = {"local": "path", "youtube": "ids", "urls": "urls"}


@pytest.mark.parametrize("name", ["local", "youtube", "urls"])
def test_source_config_builds(name: str) -> None:
    config = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    source = build(config | {NEEDED[name]: ["a"]})
    assert source.provides == ()
    assert getattr(source, NEEDED[name]) == ["a"]


def test_source_sample_is_one_video(tmp_path: Path) -> None:
    listing = SampleSource().list_videos(tmp_path)
    assert [video.name for video in listing.videos] == ["sample.mp4"]
    assert listing.videos[0].path.is_file()
    assert (listing.tally.n_in, listing.tally.n_out) == (1, 1)


def test_source_constructors_import_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, ivg.sources.local, ivg.sources.urls, ivg.sources.youtube, ivg.sources.sample;"
        "print(sorted({'yt_dlp', 'av', 'tenacity', 'sqlite3', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
