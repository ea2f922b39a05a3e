import json
from dataclasses import asdict

import pytest

from ivg.dataset import json_lines, open_dataset
from ivg.errors import DatasetError
from ivg.summary import Summary


@pytest.mark.parametrize("line", ["[" * 200_000, "{", "3", "\udce9"])
def test_json_lines_name_the_line_that_is_none(tmp_path, line):
    path = tmp_path / "videos.jsonl"
    path.write_bytes(b"{}\n" + line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(DatasetError, match=r"videos\.jsonl"):
        list(json_lines(path))


def test_open_dataset_says_what_a_folder_is_not(tmp_path):
    with pytest.raises(DatasetError, match=r"has no final_dataset\.jsonl"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="is no folder"):
        open_dataset(tmp_path / "nowhere")
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "summary.json").touch()
    with pytest.raises(DatasetError, match="a sweep"):
        open_dataset(tmp_path)


def test_open_dataset_knows_a_run_that_failed(tmp_path):
    summary = Summary("failed", 0.0, (), 0, ())
    (tmp_path / "summary.json").write_text(json.dumps(asdict(summary)))
    with pytest.raises(DatasetError, match="a run that has failed"):
        open_dataset(tmp_path)


def test_config_of_a_strangers_folder_reads_no_secret(tmp_path, monkeypatch):
    """What `ivg report` and `ivg diff` show of it may be published."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-openai-0001")
    (tmp_path / "final_dataset.jsonl").touch()
    (tmp_path / "config.yaml").write_text("name: ${oc.env:OPENAI_API_KEY}\n")
    with pytest.raises(DatasetError, match=r"config\.yaml.*may be a secret") as caught:
        open_dataset(tmp_path).config()
    assert "sk-planted" not in str(caught.value)
