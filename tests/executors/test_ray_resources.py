"""What the config says of actors, and what is made of it; no Ray is started."""

import re
import shlex
from pathlib import Path

import pytest
from composing import composed
from ray_lines import Embed, Merge, Scan

from ivg.errors import ConfigError
from ivg.executors.ray import RayExecutor
from ivg.executors.ray_resources import Crew, Wish, crews, stations, too_much, wishes
from ivg.identity import Identity
from ivg.step import Step

ROOT = Path(__file__).parents[2]


def line(tmp_path, **given):
    stages = [kind(tmp_path / "book") for kind in (Scan, Embed, Merge)]
    return stations([Step(one, Identity(one.name, {}, "")) for one in stages], given)


def crew(tmp_path, there, n_videos=10, on_gpus=False, default=None, **given):
    own = wishes(given)
    return crews(line(tmp_path, **own), own, default or Wish(), there, n_videos, on_gpus)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"cpus": -1}, "executor.cpus"),
        ({"gpus": "a"}, "executor.gpus"),
        ({"actors": 0}, "executor.actors"),
        ({"actors": [3, 2]}, "executor.actors"),
        ({"actors": "two"}, "executor.actors"),
        ({"batch": 1.5}, "executor.batch"),
        ({"address": 5}, "executor.address"),
        ({"address": "ray://head:10001"}, "executor.address"),
        ({"resources": 5}, "executor.resources"),
        ({"resources": {"caption": 2}}, "executor.resources.caption"),
        ({"resources": {"caption": {"gpu": 1}}}, "executor.resources.caption.gpu"),
        ({"resources": {"caption": {"gpus": -0.5}}}, "executor.resources.caption.gpus"),
        ({"resources": {"caption": {"actors": [0, 2]}}}, "executor.resources.caption.actors"),
    ],
)
def test_ray_refuses_what_no_actor_can_have(config, key):
    with pytest.raises(ConfigError, match=f"^{key}[ :]"):
        RayExecutor(**config)


def test_cheap_stage_shares_the_actors_of_the_one_before_unless_told(tmp_path):
    def names(found):
        return [[step.stage.name for step in station] for station in found]

    assert names(line(tmp_path)) == [["scan"], ["embed", "merge"]]
    assert names(line(tmp_path, merge=Wish(cpus=1))) == [["scan"], ["embed"], ["merge"]]


def test_own_values_of_a_stage_go_before_those_of_all(tmp_path):
    scan, embed = crew(
        tmp_path, {"CPU": 64}, default=Wish(cpus=2, batch=3), embed={"gpus": 0.5, "actors": 2}
    )
    assert scan == Crew(2, 0, 1, None, 3)
    assert embed == Crew(2, 0.5, 2, 2, 3)


@pytest.mark.parametrize(("there", "each"), [(64, 1), (4, 1), (2, 0.5), (1, 0.25)])
def test_two_actors_a_stage_find_room_on_any_cluster(tmp_path, there, each):
    assert [one.cpus for one in crew(tmp_path, {"CPU": there})] == [each, each]


def test_models_share_the_gpus_where_device_is_one(tmp_path):
    assert [one.gpus for one in crew(tmp_path, {"CPU": 8, "GPU": 4}, on_gpus=True)] == [0, 1]
    assert [one.gpus for one in crew(tmp_path, {"CPU": 8, "GPU": 4})] == [0, 0]


@pytest.mark.parametrize(("n_videos", "batches"), [(3, [1, 1]), (40, [1, 10]), (10**6, [64, 64])])
def test_batches_grow_with_the_number_of_videos(tmp_path, n_videos, batches):
    assert [one.batch for one in crew(tmp_path, {"CPU": 8}, n_videos)] == batches


def test_actors_that_the_cluster_can_not_hold_are_told_with_their_keys(tmp_path):
    found = crew(tmp_path, {"CPU": 2, "GPU": 1}, embed={"gpus": 0.5, "actors": 4})
    said = too_much(found, {"CPU": 8, "GPU": 1})
    assert said.startswith("executor.gpus, executor.resources")
    assert "reserve 2 GPUs, and there are 1" in said
    assert not too_much(found, {"CPU": 8, "GPU": 2})


@pytest.mark.parametrize("page", ["README.md", "docs/scaling.md"])
def test_what_a_page_says_of_single_stages_is_taken(page):
    said = re.findall(r"`([^`\n]*executor\.resources[^`\n]*=[^`\n]*)`", (ROOT / page).read_text())
    assert said
    for words in said:
        config = composed("executor=ray", *shlex.split(words))
        assert config.executor.resources == {"caption": {"gpus": 0.5, "actors": 2}}
