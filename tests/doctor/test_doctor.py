"""`ivg doctor` on configs that can run here, and on those that can't."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from composing import composed
from hub_server import GATED, hub
from rich.console import Console
from running import ivg
from tiny_checkpoints import write_tiny_open_clip
from tiny_hub import write_tiny_hub

from ivg.doctor.examination import examine
from ivg.doctor.finding import Finding
from ivg.doctor.report import report
from ivg.models.hub import hub_is_away
from ivg.plan import resolved


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Iterator[Path]:
    """A machine without network, its store and its cache empty."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    hub_is_away.cache_clear()
    yield tmp_path
    hub_is_away.cache_clear()


def findings(*overrides: str) -> dict[str, Finding]:
    """By subject; every subject once."""
    found = list(examine(resolved(composed(*overrides))))
    assert len({one.subject for one in found}) == len(found)
    return {one.subject: one for one in found}


def bad(*overrides: str) -> dict[str, str]:
    return {
        subject: one.text for subject, one in findings(*overrides).items() if one.state == "bad"
    }


def test_doctor_finds_the_quickstart_well_and_touches_nothing(home):
    found = findings("experiment=quickstart")
    assert {one.state for one in found.values()} <= {"ok", "note"}
    assert found["captioner"].text == "SmallCaptioner is ready on cpu"
    assert "ffmpeg version" in found["ffmpeg"].text
    assert found["javascript"].text.startswith("deno ")
    assert "GiB free" in found["store"].text
    assert f"torch {torch.__version__.partition('+')[0]}" in found["installed"].text
    assert list(home.iterdir()) == []


def test_doctor_says_which_command_gets_a_missing_checkpoint(home):
    found = bad("embedder=open_clip", "captioner=blip2", "judge=metaclip")
    assert set(found) == {"embedder", "captioner", "scorer", "judge"}
    assert "hf download Salesforce/blip2-flan-t5-xxl`" in found["captioner"]
    assert str(home / "hub") in found["captioner"]
    assert "judge.pretrained=metaclip_fullcc" in found["judge"]


def test_doctor_names_a_tokenizer_that_lies_elsewhere():
    found = [one for one in examine(resolved(composed("judge=siglip"))) if one.subject == "judge"]
    assert [one.state for one in found] == ["bad", "bad"]
    assert "hf download timm/ViT-SO400M-14-SigLIP-384 open_clip_model" in found[0].text
    assert "hf download timm/ViT-B-16-SigLIP tokenizer_config.json" in found[1].text


def test_doctor_loads_what_is_here(home):
    clip = write_tiny_open_clip(home / "clip")
    write_tiny_hub(home, ["blip2"])
    encoders = [f"{group}.pretrained={clip}" for group in ("embedder", "scorer")]
    found = findings("embedder=open_clip", *encoders, "captioner=blip2")
    assert [found[group].state for group in ("embedder", "scorer", "captioner")] == ["ok"] * 3
    (clip / "open_clip_model.safetensors").write_bytes(b"broken")
    assert set(bad("embedder=open_clip", *encoders, "captioner=blip2")) == {"embedder", "scorer"}


def test_doctor_names_every_part_of_an_ensemble(home):
    write_tiny_hub(home, ["blip2"])
    found = examine(resolved(composed("captioner=ensemble_written")))
    texts = [one.text for one in found if one.subject == "captioner"]
    assert len(texts) == 2
    assert "captioner.model=llava-hf/llava-1.5-7b-hf" in texts[0]
    assert "captioner.writer.model=Qwen/Qwen2.5-7B-Instruct" in texts[1]


@pytest.mark.parametrize(
    ("overrides", "subject", "said"),
    [
        (["source=local", "source.path=none/*.mp4"], "source", "no video found"),
        (["source=youtube", "source.ids=none.txt"], "source", "none.txt"),
        (["source=urls", "source.urls=none.txt"], "source", "none.txt"),
        (["device=cuda:99"], "config", "device=cuda:99"),
        (["split.min_secs=-1"], "config", "split.min_secs"),
        (["judge=siglip2", "judge.precision=fp99"], "config", "judge.precision"),
        (["store.dir=file/store"], "store", "can't be written"),
        (
            ["captioner=openai", "captioner.model=m", "captioner.base_url=http://127.0.0.1:9/v1"],
            "captioner",
            "127.0.0.1:9",
        ),
    ],
)
def test_doctor_finds_what_would_stop_a_run(home, overrides, subject, said):
    (home / "file").write_text("in the way")
    found = bad(*overrides)
    assert set(found) == {subject}
    assert said in found[subject]


def test_doctor_counts_what_a_source_lists(home):
    (home / "ids.txt").write_text("UkQzZimp7Qs\nvJxjY1-0120\n")
    found = findings("source=youtube", "source.ids=ids.txt")
    assert found["source"].text == "2 ids"
    assert "videos" in found["videos"].text
    assert findings("executor=ray")["executor"].text.endswith("on this machine")


@pytest.mark.parametrize(("needed", "state"), [(True, "bad"), (False, "note")])
def test_doctor_without_ffmpeg_stops_only_downloads(home, monkeypatch, needed, state):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(home / "nowhere"))
    (home / "ids.txt").write_text("UkQzZimp7Qs\n")
    found = findings(*(["source=youtube", "source.ids=ids.txt"] if needed else []))
    assert found["ffmpeg"].state == state


@pytest.mark.parametrize(
    ("mode", "state", "said"), [("offline", "ok", "offline"), ("online", "note", "not logged in")]
)
def test_doctor_says_where_wandb_runs_go(monkeypatch, mode, state, said):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_MODE", mode)
    found = findings("tracker=wandb")["tracker"]
    assert (found.state, said in found.text) == (state, True)


def test_report_counts_what_is_bad_and_escapes():
    lines = io.StringIO()
    things = [Finding("ok", "a", "[red]x"), Finding("bad", "b", "two\nlines")]
    assert not report(things, Console(file=lines))
    assert lines.getvalue().splitlines() == [
        "ok   a          [red]x",
        "bad  b          two lines",
        "this config can't run here: 1 bad",
    ]
    assert report(things[:1], Console(file=lines))


@pytest.mark.slow
def test_doctor_command_asks_the_hub_what_a_run_would_fetch(home):
    with hub() as address:
        env = {"HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home)}
        models = ["embedder=open_clip", "captioner=llava", "scorer=transformers", "judge=siglip"]
        odd = [f"scorer.model={GATED}", "judge.model=hf-hub:no/such", "judge.pretrained=null"]
        done = ivg("doctor", *models, *odd, cwd=home, check=False, **env)
        pickle = ["captioner=blip2", "captioner.model=pickled/only"]
        pickled = ivg("doctor", *pickle, cwd=home, check=False, **env)
        trusted = ivg("doctor", *pickle, "captioner.allow_pickle=true", cwd=home, **env)
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert done.returncode == 1
    assert "the first run fetches 1.7 GB" in lines["embedder"]
    assert "the first run fetches 14.1 GB" in lines["captioner"]
    assert "it is gated" in lines["scorer"]
    assert "the hub does not know it" in lines["judge"]
    assert "answers" in lines["hub"]
    assert pickled.returncode == 1
    assert "the hub has no model*.safetensors of it" in pickled.stdout
    assert trusted.returncode == 0
    assert "the first run fetches 5.0 GB" in trusted.stdout


def test_doctor_command_takes_configs_from_outside(home):
    (home / "my_conf" / "captioner").mkdir(parents=True)
    (home / "my_conf" / "captioner" / "mine.yaml").write_text("_target_: mylab.Mine\n")
    (home / "mylab.py").write_text(
        "class Mine:\n"
        "    n_frames = 1\n"
        "    def setup(self, device):\n"
        "        raise OSError('no!')\n"
    )
    mine = {"PYTHONPATH": str(home), "IVG_PACKAGES": "mylab"}
    done = ivg("doctor", "--config-dir", "my_conf", "captioner=mine", cwd=home, check=False, **mine)
    assert done.returncode == 1
    assert "OSError: no!" in done.stdout


def test_doctor_command_names_a_folder_of_configs_that_is_not_there(home):
    done = ivg("doctor", "--config-dir", "nowhere", cwd=home, check=False)
    assert done.returncode == 1
    assert "--config-dir nowhere: there is no such folder" in done.stderr


def test_doctor_command_names_a_misspelt_override(home):
    done = ivg("doctor", "captoiner=blip2", cwd=home, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "captoiner" in done.stderr
    assert "Traceback" not in done.stderr
