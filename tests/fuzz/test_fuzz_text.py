"""Mutated lists, folders, marks, manifests, captions: each is read or refused, and typed."""

import json
import random
import shutil
from collections import Counter
from contextlib import suppress

import pytest
from composing import composed
from mutating import mutated
from mutating_text import ODD, TEXTS, odd_json, odd_lines

from ivg.download.archive import Archive
from ivg.errors import IvgError
from ivg.filters.marks import read_marks
from ivg.plan import make_plan, resolved
from ivg.published.lines import to_line
from ivg.records import Caption, Video
from ivg.release.manifest import read_sealed, render, sealed, splits_of
from ivg.sources import urls, youtube
from ivg.sources.entries import read_entries
from ivg.sources.internvid_g import InternVidGSource
from ivg.sources.local import LocalSource
from ivg.sources.requests import collect
from ivg.stage import Context, run_stage
from ivg.stages.hygiene import Hygiene
from ivg.targets import build
from ivg.video.frames import FrameStore

ID_ROWS = [{"YoutubeID": "dQw4w9WgXcQ"}, {"video_fname": "aqz-KE-bpKQ.mp4"}, "abcdefghijk"]
SCENE_ROWS = [{"video_fname": "a.mp4", "scenes": [[0, 1.5], [1.5, 4]]}]
MATRIX_ROWS = [{"video_fname": "a.mp4", "similarity_matrix": [[1, 0.5], [0.5, 1]]}]
CAPTION_ROWS = [{"video_fname": "a.mp4", "start_sec": 0, "end_sec": 1.5, "captions": ["a dog"]}]
MARK_ROWS = [
    {"video_id": "a", "start_sec": 0, "end_sec": 1, "caption": "a dog", "mark": "keep"},
    {"video_id": "b", "start_sec": 0, "end_sec": 1, "caption": "x", "mark": "edit", "text": "y"},
]
MANIFEST = {
    "splits": {"ratios": {"train": 0.8, "validation": 0.1, "test": 0.1}, "salt": "x"},
    "release": {"name": "a", "version": "1"},
    "files": {"a.jsonl": {"bytes": 3, "sha256": "00"}},
}
FAILED_ROWS = [{"id": "a", "error": "VideoGoneError", "message": "gone", "date": "2026-01-01"}]


def id_list(seed, here):
    name, data = random.Random(seed).choice(
        [
            ("ids.jsonl", odd_lines(ID_ROWS, seed)),
            ("ids.json", odd_json(ID_ROWS, seed)),
            ("ids.txt", mutated(b"dQw4w9WgXcQ\n# no\naqz-KE-bpKQ.mp4\n", seed)),
        ]
    )
    (here / name).write_bytes(data)
    collect(read_entries(str(here / name), "source.ids"), youtube.to_target, name)


def url_list(seed, here):
    plain = b"https://example.com/a.mp4\nhttp://[::1]:80/b?c=d#e\nHTTPS://u:p@x.org/%2e%2e/\n"
    (here / "urls.txt").write_bytes(mutated(plain, seed))
    entries = read_entries(str(here / "urls.txt"), "source.urls")
    targets, _ = collect(entries, urls.to_target, "urls.txt")
    assert all("/" not in one.stem and not one.stem.startswith("-") for one in targets)


def internvid_folder(seed, here):
    files = {
        "scenes.jsonl": SCENE_ROWS,
        "scenes_similarity.jsonl": MATRIX_ROWS,
        "captions.jsonl": CAPTION_ROWS,
    }
    wrong = random.Random(seed).choice([*files, "durations.json"])
    for name, rows in files.items():
        (here / name).write_bytes(odd_lines(rows, seed if name == wrong else 0 * seed + 1))
        if name != wrong:
            (here / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    durations = {"a.mp4": 4.0}
    odd = odd_json(durations, seed) if wrong == "durations.json" else json.dumps(durations).encode()
    (here / "durations.json").write_bytes(odd)
    listing = InternVidGSource(str(here)).list_videos(here)
    assert listing.tally.balanced


def marks_file(seed, here):
    (here / "review.jsonl").write_bytes(odd_lines(MARK_ROWS, seed))
    read_marks(here / "review.jsonl")


def release_manifest(seed, here):
    changed = json.loads(json.dumps(MANIFEST))
    odd = odd_json(changed, seed)
    with suppress(ValueError, AttributeError):  # else it can't be sealed, and is read as it is
        odd = render(sealed(json.loads(odd))).encode()
    (here / "manifest.json").write_bytes(odd)
    splits_of(read_sealed(here))


def failed_archive(seed, here):
    (here / "failed.jsonl").write_bytes(odd_lines(FAILED_ROWS, seed))
    Archive(here / "failed.jsonl").known()


def local_path(seed, here):
    (here / "[2020] a").mkdir()
    (here / "[2020] a" / "b.mp4").write_bytes(b"x")
    pattern = mutated(b"[2020] a/**/*.mp4", seed).decode("utf-8", "replace")
    LocalSource(str(here) + "/" + pattern.replace("..", "")).list_videos(here / "store")


def caption_text(seed, here):
    chance = random.Random(seed)
    text = chance.choice(TEXTS) + mutated("a dog — 犬 runs 🐕".encode(), seed).decode(
        "utf-8", "replace"
    )
    captions = tuple(Caption(0.0, 1.0, one) for one in (text, text, chance.choice(TEXTS)))
    stage = hygiene()
    video = Video(id="a", name=chance.choice(TEXTS) or "a", captions=captions)
    stage.prepare([video])
    done = run_stage(stage, video, Context(FrameStore(here)))
    assert done.status != "failed", done
    json.loads(to_line({"video": video.name, "caption": text}))


def hygiene():
    if not _hygiene:
        _hygiene.append(build(resolved(composed("device=cpu"))["hygiene"]))
    return _hygiene[0]


_hygiene: list[Hygiene] = []


def override(seed, here):
    chance = random.Random(seed)
    keys = ["split.threshold", "filter.threshold", "executor.workers", "limits.frames", "on_error"]
    value = chance.choice([repr(chance.choice(ODD)), mutated(b"[1,{a:2}]", seed).decode("latin-1")])
    text = mutated(f"{chance.choice(keys)}={value}".encode(), seed).decode("utf-8", "replace")
    make_plan(resolved(composed(text if chance.random() < 0.3 else f"{keys[0]}={value}")), here)


def config_file(seed, here):
    """A shared YAML of an experiment."""
    folder = here / "conf" / "experiment"
    folder.mkdir(parents=True)
    plain = (
        b"# @package _global_\ndefaults:\n  - override /merge: max\n\nsplit:\n  threshold: 20\n"
        b"stages:\n  caption:\n    min_secs: 2.0\nfilter:\n  _target_: ivg.filters.none.NoFilter\n"
    )
    (folder / "shared.yaml").write_bytes(mutated(plain, seed))
    make_plan(resolved(composed_from("experiment=shared", here / "conf")), here)


def composed_from(text, folder):
    from ivg import compose

    return compose.composed([text], folder)


INPUTS = {
    id_list: 900,
    url_list: 900,
    internvid_folder: 900,
    marks_file: 900,
    release_manifest: 600,
    failed_archive: 350,
    local_path: 350,
    caption_text: 500,
    override: 100,
    config_file: 100,
}
SHARE = 20


@pytest.mark.parametrize("read", INPUTS, ids=lambda read: read.__name__)
@pytest.mark.parametrize("share", [SHARE, pytest.param(1, marks=pytest.mark.long)])
def test_mutated_input_is_read_or_refused(read, share, tmp_path):
    """Anything but an `IvgError` fails the test, with the seed in its message."""
    ends = Counter()
    for seed in range(INPUTS[read] // share):
        here = tmp_path / str(seed)
        here.mkdir()
        try:
            read(seed, here)
            ends["read"] += 1
        except IvgError as error:
            ends[type(error).__name__] += 1
        except Exception as error:
            raise AssertionError(f"{read.__name__}({seed}): {error!r}") from error
        shutil.rmtree(here)
    assert sum(ends.values()) == INPUTS[read] // share


def test_the_slow_run_has_five_thousand_inputs():
    assert sum(INPUTS.values()) >= 5000
