"""Two hand-made runs, compared there and back."""

import pytest
from compared_folders import write_run

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference


@pytest.fixture
def changes(tmp_path):
    """The changes from one run to another, and those of the way back must mirror them."""

    def compare(a: dict, b: dict):
        folders = [write_run(tmp_path / name, *one.pop("videos"), **one)
                   for name, one in (("a", a), ("b", b))]  # fmt: skip
        datasets = [open_dataset(folder) for folder in folders]
        there, back = Difference(*datasets), Difference(*reversed(datasets))
        found = list(there.changes())
        mirrored = list(back.changes())
        flip = {"added": "removed", "removed": "added", "changed": "changed"}
        assert sorted((flip[c.kind], c.reason.stage, str(c.b), str(c.a)) for c in mirrored) == (
            sorted((c.kind, c.reason.stage, str(c.a), str(c.b)) for c in found)
        )
        assert there.books.rows == {"A": back.books.rows["B"], "B": back.books.rows["A"]}
        return found

    return compare
