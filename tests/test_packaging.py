"""What pyproject.toml promises: all packages, all data, pinned versions."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_pyproject_lists_every_package():
    folders = {p.parent.relative_to(ROOT).parts for p in ROOT.glob("ivg/**/__init__.py")}
    folders |= {
        ("ivg", *p.parent.relative_to(ROOT).parts) for p in ROOT.glob("conf/**/__init__.py")
    }
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert sorted(listed) == sorted(".".join(parts) for parts in folders)


def test_every_config_folder_is_a_package():
    folders = {path.parent for path in ROOT.glob("conf/**/*.yaml")}
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_constraints_pin_every_dependency_exactly():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {name.lower().replace("_", "-") for name in pins}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(item for extra in extras for item in extra)]
    names = {Requirement(item).name.lower().replace("_", "-") for item in wanted}
    assert names <= pinned


@pytest.mark.parametrize("folder", ["ivg", "conf", "tests", "benchmarks", "experiments"])
def test_no_file_is_longer_than_300_lines(folder):
    lengths = {p: len(p.read_text().splitlines()) for p in (ROOT / folder).rglob("*.py")}
    assert lengths
    assert {p: n for p, n in lengths.items() if n > 300} == {}
