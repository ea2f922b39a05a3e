"""The README's commands, run as they stand; only what this machine can't have is put in place.

The tiny checkpoints stand in for the big models, a closed port for YouTube.
"""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from make_clips import make_clips
from omegaconf import OmegaConf
from planted_runs import CLEAN, edit
from running import books, ivg, rows

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines() if line]
LOCAL = "ivg build source=local source.path='~/videos/*.mp4' embedder=open_clip captioner=blip2"
YOUTUBE = "ivg build source=youtube source.ids=video_ids.txt experiment=internvid_g"
SWEEP = "ivg build -m filter.threshold=0.2,0.25,0.3 merge=max,mean"
SAMPLE_SWEEP = "ivg build -m experiment=quickstart filter.threshold=0.6,0.66,0.72"
CARRY_ON = "ivg build experiment=internvid_g source=internvid_g source.dir=temp"
SHOW = "ivg show runs/quickstart"
OWN = "PYTHONPATH=. IVG_PACKAGES=mylab ivg build --config-dir my_conf captioner=colours filter=none"
DOCTOR = "ivg doctor embedder=siglip2 captioner=qwen2_5_vl"
OPENAI = (
    "ivg build captioner=openai captioner.model=Qwen/Qwen3-VL-8B-Instruct "
    "captioner.base_url=http://localhost:8000/v1"
)
PROBE = (
    "ivg build quality=probe judge=siglip benchmark=charades_sta "
    "benchmark.annotations=charades_sta_test.txt benchmark.videos=charades"
)
REPORT = "ivg report runs/quickstart"
REVIEW = (
    "ivg build experiment=quickstart filter=review filter@filter.unmarked=small "
    "filter.file=review.jsonl"
)
RELEASES = (
    "ivg release runs/quickstart name=ivg-demo version=2026.11",
    "ivg verify releases/ivg-demo-2026.11",
    "ivg rebuild releases/ivg-demo-2026.11",
    "ivg build release=demo",
    "ivg diff runs/quickstart releases/ivg-demo-2026.11",
    "ivg audit releases/ivg-demo-2026.11 videos=ivg/sample",
    "ivg export releases/ivg-demo-2026.11 format=qvhighlights",
    "ivg push releases/ivg-demo-2026.11 to=hub repo=me/ivg-demo dry_run=true",
)
PLAN = LOCAL.replace("ivg build", "ivg plan")
SHARD = f"{LOCAL} shard.index=0 shard.count=2 hydra.run.dir=runs/shard-0"
MERGE = "ivg merge-runs runs/shard-0 runs/shard-1 out=runs/all"
RUN_HERE = {
    LOCAL,
    PLAN,
    SHARD,
    MERGE,
    REPORT,
    REVIEW,
    *RELEASES,
    YOUTUBE,
    SWEEP,
    SAMPLE_SWEEP,
    CARRY_ON,
    SHOW,
    OWN,
    DOCTOR,
}
RUN_ELSEWHERE = {
    "ivg build experiment=quickstart executor=ray": "test_ray.py",
    "make quickstart": ".ci/run",
    "make test": ".ci/run",
    "ivg build -m experiment=captioner_ablation": "test_captioner_ablation.py",
    OPENAI: "test_openai_captioner.py",
    "ivg build --help": "test_cli.py",
    "ivg build --cfg job": "test_cli.py",
    'eval "$(ivg build -sc install=bash)"': "test_cli.py",
    "ivg build -m experiment=threshold_sweep_small": "test_experiments.py",
    PROBE: "test_probe_build.py",
    "python benchmarks/tables.py": "test_benchmarks.py",
    "python benchmarks/split.py": "test_benchmarks.py",
    "python benchmarks/models.py": "test_benchmarks.py",
    "python benchmarks/video.py": "test_benchmarks.py",
    "python benchmarks/filter_sweep.py": "test_benchmarks.py",
    "python benchmarks/quality.py": "test_benchmarks.py",
    "python benchmarks/million.py": "test_benchmarks.py",
    "python benchmarks/scale.py model": "test_scale.py",
}


def arguments(command: str) -> list[str]:
    return shlex.split(command.split("ivg ", 1)[1])


def test_every_command_of_the_readme_is_run():
    assert set(LINES) == RUN_HERE | RUN_ELSEWHERE.keys()
    ci = (ROOT / ".ci" / "run").read_text()
    assert "make quickstart" in ci
    assert "make test" in ci


def test_readme_local_recipe(tmp_path, sample, tiny_models):
    make_clips(sample, tmp_path / "videos", 2, secs=4.0)
    more = [*tiny_models, "filter=none", "hydra.run.dir=run"]
    ivg(*arguments(LOCAL), *more, cwd=tmp_path, HOME=str(tmp_path))
    assert len(rows(tmp_path / "run" / "scenes-blip2.jsonl")) >= 2


@pytest.mark.slow
def test_readme_recipe_for_many_machines(tmp_path, sample, tiny_models):
    make_clips(sample, tmp_path / "videos", 4, secs=4.0)
    more = [*tiny_models, "filter=none"]
    there = {"cwd": tmp_path, "HOME": str(tmp_path)}
    planned = ivg(*arguments(PLAN), *more, **there).stdout
    assert "4 videos" in planned
    assert re.search(r"caption\s+0\s+4\s", planned), planned
    for index in range(2):
        command = SHARD.replace("index=0", f"index={index}").replace("shard-0", f"shard-{index}")
        ivg(*arguments(command), *more, **there)
    assert re.search(r"caption\s+4\s+0\s", ivg(*arguments(PLAN), *more, **there).stdout)
    ivg(*arguments(MERGE), **there)
    shards = [tmp_path / f"runs/shard-{index}" / "scenes-blip2.jsonl" for index in range(2)]
    joined = rows(tmp_path / "runs/all" / "scenes-blip2.jsonl")
    apart = [row for shard in shards for row in rows(shard)]
    assert joined == sorted(apart, key=lambda row: row["video_fname"])
    assert len({row["video_fname"] for row in joined}) == 4


def test_readme_youtube_recipe_without_a_network(tmp_path):
    (tmp_path / "video_ids.txt").write_text("UkQzZimp7Qs\n-JxjY1-0120\n")
    more = ["source.max_attempts=1", "source.retries=0", "hydra.run.dir=run"]
    closed = "http://127.0.0.1:9"
    done = ivg(*arguments(YOUTUBE), *more, cwd=tmp_path, check=False, https_proxy=closed)
    assert done.returncode == 1
    failures = rows(tmp_path / "run" / "failures.jsonl")
    assert {f["video"] for f in failures} == {"UkQzZimp7Qs", "-JxjY1-0120"}
    assert {f["error"] for f in failures} == {"NetworkError"}


@pytest.mark.slow
def test_readme_sweep_recipe(tmp_path):
    ivg(*arguments(SWEEP), "hydra.sweep.dir=sweep", cwd=tmp_path)
    runs = [tmp_path / "sweep" / str(i) for i in range(6)]
    assert sum(books(run)["score", "video"]["computed"] for run in runs) == 1
    chosen = [OmegaConf.load(run / "config.yaml") for run in runs]
    assert [config.filter.threshold for config in chosen] == [0.2, 0.2, 0.25, 0.25, 0.3, 0.3]


def test_readme_sweep_of_the_sample(quickstart):
    sweep = quickstart.home / "sweep"
    ivg(*arguments(SAMPLE_SWEEP), f"hydra.sweep.dir={sweep}", cwd=quickstart.home)
    lines = [books(sweep / str(i)) for i in range(3)]
    assert [line["score", "video"]["computed"] for line in lines] == [0, 0, 0]
    assert [line["filter", "caption"]["n_out"] for line in lines] == [10, 8, 7]


def test_readme_old_working_folder_recipe(tmp_path, quickstart):
    folder = tmp_path / "temp"
    folder.mkdir()
    for name in ("scenes.jsonl", "scenes_similarity.jsonl"):
        (folder / name).write_bytes((quickstart.folder / name).read_bytes())
    (folder / "durations.json").write_text('{"sample.mp4": 45.8}')
    captions = (quickstart.folder / "scenes-small.jsonl").read_bytes()
    (folder / "captions.jsonl").write_bytes(captions)
    ivg(*arguments(CARRY_ON), "hydra.run.dir=run", cwd=tmp_path)
    assert rows(tmp_path / "run" / "final_dataset.jsonl")


def test_readme_show(quickstart):
    here = quickstart.home
    done = ivg(*arguments(SHOW), cwd=here)
    assert "final_dataset.jsonl" in done.stdout


def copied_run(quickstart, here: Path) -> Path:
    """The quickstart's run where the README has it, as if of a clean tree."""
    run = Path(shutil.copytree(quickstart.folder, here / "runs" / "quickstart"))
    edit(run / "manifest.json", lambda found: found["environment"].update(git_commit=CLEAN))
    return run


def test_readme_report_and_review(tmp_path, quickstart):
    run = copied_run(quickstart, tmp_path)
    ivg(*arguments(REPORT), cwd=tmp_path)
    assert (run / "report" / "index.html").is_file()
    (row, *others), video_id = rows(run / "final_dataset.jsonl"), rows(run / "lineage.jsonl")[0]
    times = {name: row[name] for name in ("start_sec", "end_sec", "caption")}
    mark = {"video_id": video_id["video_id"], **times, "mark": "reject"}
    (tmp_path / "review.jsonl").write_text(json.dumps(mark))
    more = [f"store.dir={quickstart.store}", "hydra.run.dir=run"]
    ivg(*arguments(REVIEW), *more, cwd=tmp_path)
    assert rows(tmp_path / "run" / "final_dataset.jsonl") == others


@pytest.mark.slow
def test_readme_release_recipes(tmp_path, quickstart, sample):
    copied_run(quickstart, tmp_path)
    shutil.copytree(sample.parent, tmp_path / "ivg" / "sample")
    store = f"store.dir={quickstart.store}"
    more = {"rebuild": [store], "build": [store, "hydra.run.dir=pinned"]}
    said = {
        # the folder `ivg` here is no package
        name: ivg(*arguments(line), *more.get(name, []), cwd=tmp_path, PYTHONSAFEPATH="1").stdout
        for line in RELEASES
        for name in [line.split()[1]]
    }
    assert ": good" in said["verify"]
    assert "identical" in said["rebuild"]
    built, released = tmp_path / "pinned", tmp_path / "releases" / "ivg-demo-2026.11"
    name = "final_dataset.jsonl"
    assert (built / name).read_bytes() == (released / name).read_bytes()
    assert "final_dataset.jsonl" in said["push"]


@pytest.mark.slow
def test_readme_doctor_without_a_network(tmp_path):
    done = ivg(*arguments(DOCTOR), cwd=tmp_path, check=False, HF_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "hf download Qwen/Qwen2.5-VL-7B-Instruct" in done.stdout
    assert "embedder.pretrained=webli: not in the cache" in done.stdout


@pytest.mark.slow
def test_readme_captioner_of_your_own(tmp_path, quickstart):
    """One file and one YAML, outside the package, as the README has them."""
    for kind, name in (("python", "mylab.py"), ("yaml", "my_conf/captioner/colours.yaml")):
        (text,) = re.findall(rf"```{kind}\n# {re.escape(name)}\n(.*?)```", README, re.DOTALL)
        assert len(text.splitlines()) < 30
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    shutil.copytree(quickstart.store, tmp_path / "store")  # the thresholds are not the quickstart's
    more = ["store.dir=store", "hydra.run.dir=run"]
    own = dict(word.split("=") for word in OWN.split(" ivg ")[0].split())
    ivg(*arguments(OWN), *more, cwd=tmp_path, **own)
    captions = [
        c for row in rows(tmp_path / "run" / "scenes-colours.jsonl") for c in row["captions"]
    ]
    assert len(captions) == 12
    assert {caption.split()[-1] for caption in captions} == {"red", "green", "blue"}
