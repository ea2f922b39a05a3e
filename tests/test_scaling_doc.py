"""The recipes of docs/scaling.md can be typed as they stand."""

import re
import shlex
from pathlib import Path

import pytest
from composing import composed

TEXT = (Path(__file__).parents[1] / "docs" / "scaling.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
BUILDS = [line.removeprefix("srun ") for line in LINES if "ivg build" in line]


def overrides(line: str) -> list[str]:
    """Of the first job, where there are many."""
    words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "3"))[2:]
    return [word.split(",")[0] for word in words if word != "-m"]


def test_there_is_a_recipe_for_ray_for_shards_and_for_a_sweep():
    assert len(BUILDS) == 3


@pytest.mark.parametrize("line", BUILDS)
def test_recipe_is_a_config(line):
    assert composed(*overrides(line)).source.ids == "ids.txt"
