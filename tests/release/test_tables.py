"""Parquet that is the same for the same rows, and holds what the JSONL says."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_runs import planted_run

from ivg.dataset import FIELDS, open_dataset
from ivg.errors import DatasetError
from ivg.release.splits import Splits
from ivg.release.tables import COLUMNS, joined, read_table, schema, write_tables

ALL = Splits(1, 0, 0)


def test_columns_are_the_published_fields_then_the_lineage(run):
    (first, *_) = open_dataset(run).lineage()
    assert list(COLUMNS) == [*FIELDS, *first]


def test_tables_hold_the_rows_in_their_order(run, tmp_path):
    splits, rows = Splits(0.4, 0.3, 0.3), list(joined(open_dataset(run)))
    counts = write_tables(rows, splits, tmp_path)
    assert list(counts) == ["train", "validation", "test"]
    assert sum(counts.values()) == len(rows) == 30
    for split in counts:
        wanted = [row for row in rows if splits.of(row["video_id"]) == split]
        assert list(read_table(tmp_path / "data" / f"{split}.parquet")) == wanted


def test_tables_leave_out_a_split_without_rows(run, tmp_path):
    assert write_tables(joined(open_dataset(run)), ALL, tmp_path) == {"train": 30}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["train.parquet"]


def test_tables_are_the_same_bytes_again(run, tmp_path):
    for name in ("one", "two"):
        write_tables(joined(open_dataset(run)), ALL, tmp_path / name)
    one, two = (tmp_path / name / "data" / "train.parquet" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_tables_of_many_rows_are_cut_into_groups(run, tmp_path):
    rows = list(joined(open_dataset(run))) * 700
    write_tables(rows, ALL, tmp_path)
    path = tmp_path / "data" / "train.parquet"
    assert pq.ParquetFile(path).metadata.num_row_groups == 3
    assert sum(1 for _ in read_table(path)) == 21_000


def test_tables_spell_out_halves_of_characters(tmp_path):
    run = planted_run(tmp_path / "run", ["caf\udce9.mp4", "\U0001f600.mp4"], "\ud800 {}")
    write_tables(joined(open_dataset(run)), ALL, tmp_path)
    found = list(read_table(tmp_path / "data" / "train.parquet"))
    assert {row["video"] for row in found} == {r"caf\udce9.mp4", "\U0001f600.mp4"}
    assert found[0]["caption"] == r"\ud800 0"


@pytest.mark.parametrize(
    ("field", "value"), [("start_sec", "soon"), ("caption", 3), ("duration", None), ("video", [1])]
)
def test_tables_refuse_a_value_of_another_kind(run, tmp_path, field, value):
    rows = [{**row, field: value} for row in joined(open_dataset(run))]
    with pytest.raises(DatasetError, match="wrong kind"):
        write_tables(rows, ALL, tmp_path)


def test_joined_names_a_field_that_is_missing(run):
    lines = (run / "lineage.jsonl").read_text().splitlines()
    lines[4] = lines[4].replace("expanded", "x")
    (run / "lineage.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(DatasetError, match=r"lineage\.jsonl:5: there is no 'expanded'"):
        list(joined(open_dataset(run)))


@pytest.mark.parametrize("file", ["lineage.jsonl", "final_dataset.jsonl"])
def test_joined_refuses_files_of_different_length(run, file):
    lines = (run / file).read_text().splitlines()
    (run / file).write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(DatasetError, match=r"lineage\.jsonl"):
        list(joined(open_dataset(run)))


@pytest.mark.parametrize("change", ["type", "null", "more", "less"])
def test_read_table_refuses_another_schema(tmp_path, change):
    fields = list(schema())
    fields = {
        "type": [*fields[:-1], pa.field("neg_end_sim", pa.float32())],
        "null": [pa.field("video", pa.string()), *fields[1:]],
        "more": [*fields, pa.field("x", pa.int64())],
        "less": fields[:-1],
    }[change]
    table = pa.Table.from_pylist([], schema=pa.schema(fields))
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DatasetError, match="the schema has"):
        list(read_table(tmp_path / "t.parquet"))
