"""A released config says nothing of a machine, and its stages keep their keys."""

import pytest
from composing import composed

from ivg.plan import plan_steps, resolved
from ivg.release.neutral import MACHINE as MACHINE_DEFAULTS
from ivg.release.neutral import MISSING, linked, neutral, neutral_books, relinked
from ivg.summary import StageLine, Summary, Tally


def config(*overrides):
    return resolved(composed(*overrides))


def keys(plain):
    return {step.stage.name: step.identity.key for step in plan_steps(plain["stages"])}


MACHINE = [
    "store.dir=/data/store",
    "device=cuda:1",
    "on_error=stop",
    "executor.workers=7",
    "split.hwaccel=cuda",
    "tracker=wandb",
    "tracker.project=secret",
    "objective=groundability/R@1",
    "source=local",
    "source.path=/home/me/videos",
    "source.workers=9",
]


@pytest.mark.parametrize(
    "overrides",
    [
        ("experiment=quickstart",),
        ("experiment=internvid_g", "source=sample"),
        ("judge=small", "quality=probe", "benchmark=synthetic"),
        ("negatives.verify_caption=true",),
        ("split=transnetv2",),
        ("captioner=ensemble_written",),
    ],
    ids=" ".join,
)
def test_neutral_keeps_the_keys_and_stages(overrides):
    plain = config(*overrides)
    assert keys(neutral(plain)) == keys(plain)
    assert neutral(neutral(plain)) == neutral(plain)


STORE = {"dir": "store", "local": None, "options": {}}


def test_neutral_is_the_same_on_every_machine():
    plain = neutral(config("experiment=quickstart", *MACHINE))
    assert plain == neutral(config("experiment=quickstart", "source=local", "source.path=x"))
    assert plain["source"]["path"] == MISSING
    assert plain["source"]["extensions"]
    assert (plain["device"], plain["store"]) == ("auto", STORE)


@pytest.mark.parametrize(
    ("overrides", "left"),
    [
        (("source=youtube", "source.ids=[aaaaaaaaaaa]"), {"ids": ["aaaaaaaaaaa"]}),
        (("source=youtube", "source.ids=/home/me/ids.txt"), {"ids": MISSING}),
        (("source=urls", "source.urls='~/urls.txt'"), {"urls": MISSING}),
        (("source=urls", "source.urls=[https://a/b.mp4]"), {"urls": ["https://a/b.mp4"]}),
        (
            ("source=urls", "source.urls=x", "source.cookies=/me/c.txt", "source.videos_dir=/v"),
            {"cookies": None, "videos_dir": "videos"},
        ),
        (("source=internvid_g", "source.dir=/a", "source.videos=/b"), {"dir": MISSING}),
        (("source=montage", "source.folder=/a", "source.seed=3"), {"folder": None, "seed": 3}),
    ],
)
def test_neutral_source_keeps_what_it_is_made_of_and_no_path(overrides, left):
    found = neutral(config(*overrides))["source"]
    assert left.items() <= found.items()


def test_neutral_captioner_forgets_its_server_and_trusts_nobody():
    given = ["captioner=openai", "captioner.model=m", "captioner.base_url=http://10.0.0.7/v1"]
    found = neutral(config(*given))
    assert found["captioner"]["base_url"] is None
    assert found["stages"]["caption"]["captioner"]["base_url"] is None
    found = neutral(config("captioner=blip2", "captioner.allow_pickle=true"))
    assert found["captioner"]["allow_pickle"] is False


def test_neutral_leaves_local_checkpoints_to_who_rebuilds(tmp_path):
    (tmp_path / "clip").mkdir()
    plain = config("embedder=open_clip", f"embedder.pretrained={tmp_path}/clip")
    found = neutral(plain)
    assert found["stages"]["embed"]["embedder"]["pretrained"] == MISSING
    assert str(tmp_path) not in str(found)
    again = relinked(found)
    assert again["stages"]["embed"]["embedder"] == "${embedder}"
    assert again["embedder"]["pretrained"] == MISSING


def test_neutral_values_are_the_defaults_of_the_config():
    assert {name: config()[name] for name in MACHINE_DEFAULTS} == MACHINE_DEFAULTS


def test_neutral_drops_the_pins():
    assert "release" not in neutral(config("release=demo"))


def test_relinked_resolves_to_what_it_was():
    from omegaconf import OmegaConf

    plain = neutral(config("experiment=quickstart"))
    found = OmegaConf.to_container(OmegaConf.create(relinked(plain)), resolve=True)
    assert found == plain
    assert relinked(plain)["stages"]["filter"]["rule"] == "${filter}"


def test_relinked_takes_texts_as_they_stand():
    from omegaconf import OmegaConf

    plain = {"a": {"_target_": "x", "text": "${b} and ${oc.env:HOME}"}, "list": ["${c}", 3]}
    assert OmegaConf.to_container(OmegaConf.create(relinked(plain)), resolve=True) == plain


def test_linked_never_links_a_group_to_itself():
    group = {"_target_": "x"}
    assert linked(group, {"a": group}, "a") == group
    assert linked(group, {"a": group}, "b") == "${a}"


def test_neutral_books_are_the_books_without_the_clock():
    line = StageLine("scan", Tally("video", 3, 2, {"short": 1}), 4.5, 3, "k")
    one, other = (
        neutral_books(Summary("finished", seconds, (line,), 5, (), message))
        for seconds, message in ((1.0, ""), (2.0, "/home/me"))
    )
    assert one == other
    assert one["lines"][0]["tally"]["dropped"] == {"short": 1}
    assert (one["lines"][0]["seconds"], one["lines"][0]["computed"]) == (0, 0)
