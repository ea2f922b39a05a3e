"""`captioner=openai` against `transformers serve` with a tiny model, on loopback."""

import json
from dataclasses import replace

import numpy as np
import pytest
from make_clips import make_clips
from openai_server import disturbing, transformers_serve
from running import books, ivg, rows
from tiny_vlms import write_smolvlm

from ivg.errors import CaptionRequestError, ConfigError, ServerRefusedError
from ivg.models.captioners.openai import OpenAiCaptioner
from ivg.models.captioners.vlm import VlmCaptioner
from ivg.records import Clip

KEY = "sk-planted-0123456789"
PLAN = ("pass", "429", "pass", "429-after", "pass", "pass", "stall", "pass", "503")
GENERATE = {"max_tokens": 4, "temperature": 0}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_smolvlm(tmp_path_factory.mktemp("smolvlm"))


@pytest.fixture(scope="module")
def port(model):
    with transformers_serve(model) as found:
        yield found


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def made(url: str, model, **config) -> OpenAiCaptioner:
    more = {"generate": GENERATE, "n_frames": 1, "timeout_secs": 30, **config}
    captioner = OpenAiCaptioner(str(model), url, **more)
    captioner.setup("cpu")
    return captioner


def many(count: int) -> list[Clip]:
    random = np.random.default_rng(1)
    frames = random.integers(0, 256, (count, 24, 24, 3), dtype=np.uint8)
    return [Clip((frame,), (0.5,), 0.0, 1.0) for frame in frames]


def test_openai_answers_with_the_models_words(port, model, clips):
    with disturbing(port) as proxy:
        captioner = made(proxy.url, model)
        said = captioner.caption(clips)
    assert all(len(one) == 1 and one[0].split() for one in said)
    assert captioner.provenance["served"]
    assert proxy.keys == {f"Bearer {KEY}"}


@pytest.mark.parametrize("show", ["images", "timed_images"])
def test_openai_shows_what_the_model_would_be_shown_here(port, model, clips, show):
    """The same model, asked by the server and in this process."""
    frames = {"show": show, "n_frames": 3}
    here = VlmCaptioner(
        str(model), generate={"max_new_tokens": 4, "do_sample": False}, dtype="float32", **frames
    )
    here.setup("cpu")
    black = np.zeros((16, 16, 3), np.uint8)  # survives JPEG as it is
    shown = [replace(clip, frames=tuple(black for _ in clip.frames)) for clip in clips]
    with disturbing(port) as proxy:
        assert made(proxy.url, model, **frames).caption(shown) == here.caption(shown)


@pytest.mark.slow
def test_openai_loses_none_of_200_disturbed_requests(port, model):
    asked = many(200)
    with disturbing(port) as calm:
        expected = made(calm.url, model, concurrency=4).caption(asked)
    assert 1 < calm.most_at_once <= 4
    with disturbing(port, plan=PLAN, stall_secs=3.0) as proxy:
        found = made(proxy.url, model, concurrency=8, timeout_secs=2.5).caption(asked)
    assert found == expected
    assert not [one for one in found if isinstance(one, Exception)]
    assert len({tuple(one) for one in found}) > 3
    assert min(proxy.seen[step] for step in ("429", "429-after", "stall", "503")) >= 20


def test_openai_request_that_fails_for_good_is_its_clips_failure(port, model):
    with disturbing(port, plan=("pass", "400", "pass", "429")) as proxy:
        found = made(proxy.url, model, concurrency=1, max_retries=0).caption(many(4))
    assert [isinstance(one, Exception) for one in found] == [False, True, False, True]
    assert all(isinstance(found[i], CaptionRequestError) for i in (1, 3))
    assert "as planned" in str(found[1])


@pytest.mark.parametrize("status", ["401", "404"])
def test_openai_refusal_ends_the_stage(port, model, status):
    with (
        disturbing(port, plan=("pass", status)) as proxy,
        pytest.raises(ServerRefusedError, match=r"captioner\.model.*OPENAI_API_KEY") as refused,
    ):
        made(proxy.url, model).caption(many(3))
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("status", ["403", "200", "no choice", "no text", "number", "no json"])
def test_openai_answer_that_is_of_no_use_costs_its_clip_only(port, model, status):
    """A picture that a moderator flags, and JSON that is no chat completion."""
    with disturbing(port, plan=("pass", status, "pass")) as proxy:
        found = made(proxy.url, model, concurrency=1, max_retries=0).caption(many(3))
    assert [isinstance(one, CaptionRequestError) for one in found] == [False, True, False]


def test_openai_server_that_repeats_the_key_is_not_repeated(port, model):
    with disturbing(port, plan=("echo",)) as proxy:
        captioner = made(proxy.url, model)
        (said,) = captioner.caption(many(1))
    assert said == ["my key is ***"]
    assert KEY not in str(captioner.provenance)


@pytest.mark.parametrize("key", ["sk-1\n", " sk-1", "sk-\u00e9"])
def test_openai_key_that_can_be_none_is_named(monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ConfigError, match=r"\$OPENAI_API_KEY holds characters") as refused:
        made("http://127.0.0.1:9/v1", "m")
    assert key.strip() not in str(refused.value)


def test_openai_key_that_may_not_list_models_may_ask(port, model):
    with disturbing(port, greeting=403) as proxy:
        (said,) = made(proxy.url, model).caption(many(1))
    assert said[0].split()
    with (
        disturbing(port, greeting=401) as proxy,
        pytest.raises(ServerRefusedError, match="OPENAI_API_KEY"),
    ):
        made(proxy.url, model)


@pytest.mark.parametrize("url", ["http://me:hidden@127.0.0.1:9/v1", "http://h/v1?api-key=hidden"])
def test_openai_address_from_the_environment_is_checked_too(monkeypatch, url):
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL") as refused:
        made(None, "m")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "HOME", "A_API_KEY_ID"])
def test_openai_sends_no_other_secret(name):
    with pytest.raises(ConfigError, match=r"captioner\.key_env must name .*_API_KEY"):
        OpenAiCaptioner("m", key_env=name)


def test_openai_server_that_is_not_there_is_named():
    with pytest.raises(CaptionRequestError, match=r"127\.0\.0\.1:9"):
        made("http://127.0.0.1:9/v1", "x", max_retries=0)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "http"),
        ("localhost:8000", "http"),
        ("http://me:hidden@host/v1", "user name or password"),
        ("http://host/v1?key=hidden", "query"),
    ],
)
def test_openai_refuses_odd_addresses(url, said):
    with pytest.raises(ConfigError, match=rf"captioner\.base_url.*{said}") as refused:
        OpenAiCaptioner("m", url)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("concurrency", 0),
        ("max_retries", -1),
        ("timeout_secs", 0),
        ("show", "video"),
        ("model", ""),
    ],
)
def test_openai_refuses_values_out_of_range(name, value):
    with pytest.raises(ConfigError, match=f"captioner.{name}"):
        OpenAiCaptioner(**{"model": "m", name: value})


@pytest.mark.slow
def test_openai_build_keeps_the_key_to_itself(port, model, tmp_path, sample):
    """One video's request fails for good: it is that video's failure, and nothing holds the key."""
    make_clips(sample, tmp_path / "videos", 3, secs=4.0)
    with disturbing(port, plan=("pass", "400", "pass")) as proxy:
        more = [f"captioner.model={model}", f"captioner.base_url={proxy.url}"]
        settings = ["captioner.concurrency=1", "captioner.generate.max_tokens=4", "filter=none"]
        source = ["source=local", "source.path=videos", "captioner=openai", "hydra.run.dir=run"]
        done = ivg("build", *source, *more, *settings, "hydra.verbose=true", cwd=tmp_path)
    assert books(tmp_path / "run")["caption", "video"]["failed"] == {"CaptionRequestError": 1}
    # the first video through the decoders, whichever it is, asks first
    captioned = {row["video_fname"] for row in rows(tmp_path / "run" / "scenes-openai.jsonl")}
    assert len(captioned) == 2
    assert captioned < {"clip00.mp4", "clip01.mp4", "clip02.mp4"}
    used = json.loads((tmp_path / "run" / "manifest.json").read_text())["models"]["captioner"]
    assert used["served"]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert KEY.encode() not in b"".join(written)
    assert KEY not in done.stdout + done.stderr
