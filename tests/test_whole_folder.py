import pytest

from ivg.files import whole_folder


def test_whole_folder_takes_the_place_of_another_at_the_end(tmp_path):
    out = tmp_path / "out"
    for name in ("first", "second"):
        with whole_folder(out) as folder:
            (folder / name).touch()
            assert not (out / name).exists()
        assert [path.name for path in out.iterdir()] == [name]
    assert list(tmp_path.iterdir()) == [out]


def interrupted(out):
    with whole_folder(out) as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt


def test_whole_folder_that_fails_leaves_the_one_before(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "before").touch()
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert list(tmp_path.rglob("*")) == [out, out / "before"]
