"""The pinned config of a release, and what is told of two that differ."""

import json

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from planted_runs import planted_run, rehash

from ivg.errors import ConfigError, DatasetError
from ivg.plan import plan_steps, resolved
from ivg.release.compare import compare
from ivg.release.manifest import read_sealed
from ivg.release.publish import publish
from ivg.release.rebuild import default_store, experiment_of, pinned_config, rebuild, settings_of


def test_pinned_config_has_the_keys_of_the_release(kept_release):
    config = resolved(pinned_config(kept_release, []))
    found = {step.stage.name: step.identity.key for step in plan_steps(config["stages"])}
    assert found == read_sealed(kept_release)["keys"]


def test_pinned_config_takes_overrides_as_build_does(kept_release):
    given = ["source=local", "source.path=[a,b]", "executor.workers=1", "filter.threshold=0.9"]
    config = resolved(pinned_config(kept_release, [*given, "store.dir=there"]))
    assert config["source"]["_target_"] == "ivg.sources.local.LocalSource"
    assert config["source"]["path"] == ["a", "b"]
    assert config["executor"]["workers"] == 1
    assert config["stages"]["filter"]["rule"]["threshold"] == 0.9
    assert config["store"] == {"dir": "there", "local": None, "options": {}}


def test_pinned_config_takes_another_choice_of_a_group(kept_release):
    config = resolved(pinned_config(kept_release, ["filter=median", "executor=ray"]))
    assert config["stages"]["filter"]["rule"] == {"_target_": "ivg.filters.median.MedianFilter"}
    assert config["executor"]["_target_"] == "ivg.executors.ray.RayExecutor"


@pytest.mark.parametrize("override", ["source=nowhere", "filter.x=1", "nonsense", "a=[", "filter"])
def test_pinned_config_refuses_an_override_that_fits_nothing(kept_release, override):
    with pytest.raises(ConfigError):
        pinned_config(kept_release, [override])


def test_pinned_config_trusts_no_release_with_pickles_or_servers(released):
    text = (released / "config.yaml").read_text()
    config = OmegaConf.create(text)
    config.embedder = {
        "_target_": "ivg.models.embedders.open_clip.OpenClipEmbedder",
        "allow_pickle": True,
    }
    (released / "config.yaml").write_text(OmegaConf.to_yaml(config))
    assert pinned_config(released, []).embedder.allow_pickle is False


def test_pinned_config_takes_nothing_for_hydra_from_a_release(released, tmp_path):
    """Neither its search path nor its defaults: they choose which YAMLs are read."""
    config = OmegaConf.create((released / "config.yaml").read_text())
    config.hydra = {"searchpath": [f"file://{tmp_path}"], "job": {"env_set": {"X": "1"}}}
    config.defaults = [{"experiment": "evil"}]
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "evil.yaml").write_text("# @package _global_\ndevice: evil\n")
    (released / "config.yaml").write_text(OmegaConf.to_yaml(config))
    assert pinned_config(released, []).device == "auto"


def test_rebuild_names_the_value_that_is_missing(tmp_path, settings):
    source = {"_target_": "ivg.sources.local.LocalSource", "path": "/data/videos"}
    run = planted_run(tmp_path / "run", config={"source": source})
    folder = publish(run, settings)
    with pytest.raises(ConfigError, match=r"source\.path has no value; give it as source\.path="):
        rebuild(folder, [], tmp_path / "again")


def test_rebuild_of_a_damaged_release_is_refused(released, tmp_path):
    (released / "README.md").write_text("else")
    with pytest.raises(DatasetError, match=r"is damaged, see `ivg verify`: README\.md"):
        rebuild(released, [], tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_rebuild_has_a_store_of_its_own_unless_told(tmp_path):
    assert default_store(["store.dir=x"], tmp_path) == []
    assert default_store(["executor.workers=1"], tmp_path / "it's") == [
        rf"store.dir='{tmp_path}/it\'s/store'"
    ]


def test_settings_are_those_of_the_release(kept_release, settings, tmp_path):
    found = settings_of(read_sealed(kept_release), tmp_path / "out")
    settings.force = True
    assert found == settings
    with pytest.raises(DatasetError, match="does not say"):
        settings_of({"release": {}, "splits": {}}, tmp_path)


def test_compare_finds_a_release_like_itself(kept_release):
    found = compare(kept_release, kept_release)
    assert found.identical
    assert found.files + found.rows + found.others + found.made_with == ()
    assert {"data/train.parquet", "final_dataset.jsonl"} <= {*found.same}


def change_line(path, number, **values):
    lines = path.read_text().splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **values})
    path.write_text("\n".join(lines) + "\n")


def test_compare_tells_rows_with_both_values(kept_release, run, settings):
    change_line(run / "final_dataset.jsonl", 1, neg_end_sec=39.0)
    change_line(run / "final_dataset.jsonl", 4, caption="a dog")
    change_line(run / "lineage.jsonl", 2, clip_sim=0.125)
    rehash(run)
    found = compare(kept_release, publish(run, settings))
    assert not found.identical
    assert found.rows == (
        "a.mp4 16.0-24.0 s 'a cat 2': clip_sim: 0.6 -> 0.125",
        "a.mp4 8.0-16.0 s 'a cat 1': neg_end_sec: 40.0 -> 39.0",
        "b.mp4 8.0-16.0 s 'a cat 1': only in the release",
        "b.mp4 8.0-16.0 s 'a dog': only in the rebuild",
    )
    assert {"final_dataset.jsonl differs", "lineage.jsonl differs"} <= {*found.files}
    assert found.keys == ()


def test_compare_tells_fields_of_keys_and_versions(kept_release, tmp_path, settings):
    from planted_runs import quickstart_config, write_manifest

    config, keys = quickstart_config("filter.threshold=0.5")
    names = [f"{letter}.mp4" for letter in "abcdefghij"]
    run = planted_run(tmp_path / "other", names, config=config)
    write_manifest(run, keys, names)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["environment"]["python"] = "3.12"
    manifest["models"]["embedder"]["commit"] = "def"
    (run / "manifest.json").write_text(json.dumps(manifest))
    found = compare(kept_release, publish(run, settings))
    assert not found.identical
    assert found.files == ()
    assert {"config.yaml", "release.yaml"} <= {*found.others}
    assert "stages.filter.rule.threshold: 0.66 -> 0.5" in found.keys
    assert found.made_with == (
        "environment.python: '3.11' -> '3.12'",
        "models.embedder.commit: 'abc' -> 'def'",
    )


def test_compare_tells_files_that_only_one_has(kept_release, run, settings):
    (run / "quality.json").write_text('{"judge": null, "figures": []}')
    new = publish(run, settings)
    assert compare(kept_release, new).files == ("quality.json is only in the rebuild",)
    assert compare(new, kept_release).files == ("quality.json is only in the release",)


def test_experiment_is_that_of_the_pins(kept_release):
    assert experiment_of(kept_release) is None


@pytest.mark.parametrize("name", ["a b", "a'b", r"a\b", r"a\\'b", "é#,{}", "${x}", "a\\"])
def test_store_of_a_rebuild_may_have_any_name(tmp_path, name):
    (override,) = default_store([], tmp_path / name)
    (parsed,) = OverridesParser.create().parse_overrides([override])
    assert parsed.value() == str(tmp_path / name / "store")
