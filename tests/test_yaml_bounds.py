"""A few lines of YAML can't become gigabytes, neither as a config nor in a folder to be shown."""

import pytest

from ivg.compose import composed
from ivg.dataset import open_dataset
from ivg.errors import ConfigError, DatasetError

TEN = ",".join("x" * 10)
LAUGHS = f"a0: &a0 [{TEN}]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
)
BOMBS = [LAUGHS, "a: &a [*a]\n", "a: &a {b: {c: *a}}\n"]
DEEP = f"a: {'[' * 3000}{']' * 3000}\n"


def experiment(folder, text):
    place = folder / "conf" / "experiment"
    place.mkdir(parents=True)
    (place / "shared.yaml").write_text(f"# @package _global_\n{text}")
    return composed(["experiment=shared"], folder / "conf")


@pytest.mark.parametrize("text", BOMBS)
def test_config_that_grows_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match="makes the file grow"):
        experiment(tmp_path, text)


@pytest.mark.parametrize("text", BOMBS)
def test_config_of_a_folder_that_grows_is_refused(tmp_path, text):
    (tmp_path / "final_dataset.jsonl").touch()
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(DatasetError, match=r"config\.yaml.*makes the file grow"):
        open_dataset(tmp_path).config()


def test_config_of_many_levels_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="more than 100 levels"):
        experiment(tmp_path, DEEP)


def test_deep_files_of_a_folder_are_refused(tmp_path):
    (tmp_path / "final_dataset.jsonl").touch()
    (tmp_path / "config.yaml").write_text(DEEP)
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(DatasetError, match=r"config\.yaml.*more than 100 levels"):
        open_dataset(tmp_path).config()
    with pytest.raises(DatasetError, match=r"manifest\.json can't be read"):
        open_dataset(tmp_path).manifest()


def test_plain_aliases_are_read(tmp_path):
    found = experiment(tmp_path, "x: &x [1, 2]\ny: *x\nz: {<<: &z {a: 1}, b: *z}\n")
    assert found.y == [1, 2]
    assert found.z == {"a": 1, "b": {"a": 1}}
