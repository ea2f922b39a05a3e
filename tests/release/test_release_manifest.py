"""A manifest that knows itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import DatasetError
from ivg.release.manifest import SELF, read_sealed, release_key, render, sealed, splits_of
from ivg.release.splits import Splits

PLAIN = {"release": {"name": "é\udce9", "key": "0a"}, "sha256": {"a": "b"}, "n": [1, 2.5, None]}


def write(folder, raw):
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(raw)
    return folder


def test_manifest_is_read_as_it_was_written(tmp_path):
    write(tmp_path, render(sealed(PLAIN)).encode())
    assert {**read_sealed(tmp_path)} == {**PLAIN, SELF: sealed(PLAIN)[SELF]}


def test_sealed_again_is_the_same():
    assert sealed(sealed(PLAIN)) == sealed(PLAIN)


def test_manifest_shows_every_flipped_bit(tmp_path):
    raw = render(sealed(PLAIN)).encode()
    for place in range(len(raw)):
        for bit in (0, 5, 7):
            broken = raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]
            write(tmp_path, broken)
            with pytest.raises(DatasetError, match=r"manifest\.json"):
                read_sealed(tmp_path)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"7", b"{}", b"[" * 100_000, b'{"keys": {}}\n', b"\xff", b'{"self": NaN}']
)
def test_manifest_that_is_none_is_refused(tmp_path, raw):
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        read_sealed(write(tmp_path, raw))


@given(st.permutations(["scan", "split", "export"]), st.permutations(["a", "b", "c"]))
def test_release_key_does_not_depend_on_an_order(stages, names):
    keys, ids = {name: name for name in stages}, {name: name for name in names}
    assert release_key(keys, ids, Splits()) == "ff6fe895c207ee7b"


@pytest.mark.parametrize(
    "changed",
    [
        ({"scan": "y"}, {"a": "1"}, Splits()),
        ({"scan": "x"}, {"a": "2"}, Splits()),
        ({"scan": "x"}, {"b": "1"}, Splits()),
        ({"scan": "x"}, {"a": "1"}, Splits(salt="s")),
        ({"scan": "x"}, {"a": "1"}, Splits(1, 0, 0)),
    ],
)
def test_release_key_follows_everything_that_decides_the_data(changed):
    assert release_key(*changed) != release_key({"scan": "x"}, {"a": "1"}, Splits())


@pytest.mark.parametrize(
    "splits", [{}, {"ratios": {}}, {"ratios": {"x": 1}, "salt": ""}, {"ratios": 3, "salt": ""}]
)
def test_splits_that_a_manifest_does_not_tell(splits):
    with pytest.raises(DatasetError, match="splits"):
        splits_of({"splits": splits})
