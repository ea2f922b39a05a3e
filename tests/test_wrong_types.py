"""A value of the wrong type is refused before anything is touched, by the name of its key."""

import copy
import re
from pathlib import Path

import pytest
from composing import composed

from ivg.errors import ConfigError
from ivg.plan import GROUPS, make_plan, resolved

LOCAL = ("source=local", "source.path=x")
URLS = ("source=urls", "source.urls=x")


def refusal(config: dict, where: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        make_plan(config, where / "run")
    assert list(where.iterdir()) == []
    return str(refused.value)


@pytest.mark.parametrize(
    ("key", "value", "others"),
    [
        ("store.dir", "null", ()),
        ("store.dir", "3", ()),
        ("store.dir", "nonsense://x", ()),
        ("store.local", "3", ()),
        ("store.options", "null", ()),
        ("store", "null", ()),
        ("stages", "null", ()),
        ("stages.split", "null", ()),
        ("on_error", "maybe", ()),
        ("on_error", "null", ()),
        ("objective", "3", ()),
        ("source.path", "null", LOCAL),
        ("source.path", "3", LOCAL),
        ("source.path", "[]", LOCAL),
        ("source.path", "[a,3]", LOCAL),
        ("source.workers", "a", LOCAL),
        ("source.workers", "1.5", LOCAL),
        ("source.workers", "true", LOCAL),
        ("source.extensions", "mp4", LOCAL),
        ("source.extensions", "null", LOCAL),
        ("source.timeout_secs", "nan", URLS),
        ("source.timeout_secs", "a", URLS),
        ("source.rate_limit", "0", URLS),
        ("source.videos_dir", "null", URLS),
        ("source.format_sort", "fps", URLS),
        ("source.urls", "5", URLS),
        ("source.ids", "5", ("source=youtube", "source.ids=x")),
        ("source.ids", "[5]", ("source=youtube", "source.ids=x")),
        ("source.dir", "null", ("source=internvid_g", "source.dir=x")),
        ("source.videos", "5", ("source=internvid_g", "source.dir=x")),
        ("split.threshold", "a", ()),
        ("split.whole_video_is_scene", "1", ()),
        ("split.positions", "null", ()),
        ("embedder.batch_size", "a", ()),
        ("captioner.n_frames", "a", ()),
        ("scene_merge.threshold", "null", ()),
        ("filter.threshold", "a", ()),
        ("filter.q", "a", ("filter=quantile",)),
        ("filter.k", "1.5", ("filter=top_k",)),
        ("negatives.max_secs", "a", ()),
        ("executor.workers", "a", ()),
    ],
)
def test_value_of_the_wrong_type_names_its_key(tmp_path, key, value, others):
    said = refusal(resolved(composed(*others, f"{key}={value}")), tmp_path)
    assert re.match(rf"{re.escape(key)}[ =:]", said), said


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("key", ["split.threshold", "scene_merge.threshold", "filter.threshold"])
def test_value_that_is_not_finite_names_its_argument(tmp_path, key, value):
    said = refusal(resolved(composed(f"{key}={value}")), tmp_path)
    assert re.match(r"stages\.[a-z.]*threshold: -?(nan|inf) can't", said), said


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("value", [None, 3, "small", {}])
def test_group_replaced_by_a_value_is_named(tmp_path, group, value):
    config = {**copy.deepcopy(resolved(composed())), group: value}
    assert refusal(config, tmp_path).startswith(f"{group} must be a choice of its group")
