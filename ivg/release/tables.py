"""The Parquet files of a release: one a split, the same bytes for the same rows and pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivg.dataset import Dataset
from ivg.errors import DatasetError
from ivg.release.layout import FINAL, LINEAGE, table_path
from ivg.release.splits import Splits

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Row = dict[str, Any]
GROUP_ROWS = 10_000
LEVEL = 3

COLUMNS: Mapping[str, tuple[str, bool, str]] = {
    "video": ("string", False, "name of the video"),
    "duration": ("double", False, "of the video, seconds"),
    "start_sec": ("double", False, "start of the moment, seconds"),
    "end_sec": ("double", False, "end of the moment, seconds"),
    "neg_start_sec": ("double", False, "start of the negative span: it contains the moment"),
    "neg_end_sec": ("double", False, "end of it; nothing else within looks like the moment"),
    "caption": ("string", False, "one sentence about the moment"),
    "start_scene": ("int64", False, "first segment of the moment, from 0"),
    "end_scene": ("int64", False, "last segment of it"),
    "neg_start_scene": ("int64", True, "segment that ends the span on the left, if one does"),
    "neg_end_scene": ("int64", True, "segment that ends it on the right"),
    "video_id": ("string", False, "BLAKE2b of the video's bytes, 16 bytes"),
    "captioner": ("string", False, "which of several captioners said it; empty for one"),
    "clip_sim": ("double", True, "how well the caption fits: its frame similarities, pooled"),
    "frame_sims": ("list<double>", False, "cosine of each sampled frame with the caption"),
    "first_scene": ("int64", False, "first scene (shot) of the moment, from 0"),
    "last_scene": ("int64", False, "last scene of it"),
    "scene_sims": ("list<double>", False, "of neighbours within: why they were merged"),
    "sim_before": ("double", True, "of the first scene with the one before"),
    "sim_after": ("double", True, "of the last scene with the one behind"),
    "expanded": ("bool", False, "whether neighbours that look the same were taken in"),
    "neg_start_reason": ("string", False, "video_start, segment, unverified or no_context"),
    "neg_start_sim": ("double", True, "how alike the segment there is"),
    "neg_end_reason": ("string", False, "video_end, segment, unverified or no_context"),
    "neg_end_sim": ("double", True, "as neg_start_sim"),
}
"""Name to type, whether it may be null, and what it means; `list<double>` may hold nulls."""


def schema() -> pa.Schema:
    """The documented schema of every split."""
    import pyarrow as pa

    kinds = {
        "string": pa.string(),
        "double": pa.float64(),
        "int64": pa.int64(),
        "bool": pa.bool_(),
        "list<double>": pa.list_(pa.float64()),
    }
    return pa.schema(
        pa.field(name, kinds[kind], nullable) for name, (kind, nullable, _) in COLUMNS.items()
    )


def joined(dataset: Dataset) -> Iterator[Row]:
    """Each row with its lineage, in the order of `final_dataset.jsonl`.

    Raises:
        DatasetError: A file is broken, a field is missing, or the two have not as many lines.
    """
    rows, lineage = dataset.rows(), dataset.lineage()
    for number, row in enumerate(rows, 1):
        found = {**row, **next(lineage, {})}
        missing = [name for name in COLUMNS if name not in found]
        if missing:
            raise DatasetError(
                f"{dataset.folder / LINEAGE}:{number}: there is no {missing[0]!r} for this line "
                f"of {FINAL}; was it made by an older ivg? Build the run again"
            )
        yield {name: fit(found[name]) for name in COLUMNS}
    if next(lineage, None) is not None:
        raise DatasetError(f"{dataset.folder / LINEAGE}: has more lines than {FINAL}")


def fit(value: Any) -> Any:
    r"""The value as Parquet takes it: halves of characters (undecodable names) as `\udc80`."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def write_tables(rows: Iterable[Row], splits: Splits, folder: Path) -> dict[str, int]:
    """Write the splits that have rows.

    Returns:
        Split to its number of rows; a split without any is left out.

    Raises:
        DatasetError: A row does not fit the schema.
    """
    counts: dict[str, int] = {}
    waiting: dict[str, list[Row]] = {}
    with ExitStack() as opened:
        writers: dict[str, pq.ParquetWriter] = {}
        for row in rows:
            split = splits.of(row["video_id"])
            if split not in writers:
                writers[split] = opened.enter_context(writer(folder / table_path(split)))
            counts[split] = counts.get(split, 0) + 1
            waiting.setdefault(split, []).append(row)
            if len(waiting[split]) == GROUP_ROWS:
                flush(writers[split], waiting.pop(split))
        for split, left in waiting.items():
            flush(writers[split], left)
    return {split: counts[split] for split in splits.ratios if split in counts}


def writer(path: Path) -> pq.ParquetWriter:
    """A Parquet file with settings that are all fixed: none follows the machine."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    return pq.ParquetWriter(
        path,
        schema(),
        version="2.6",
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=True,
        write_statistics=True,
        data_page_version="1.0",
    )


def flush(opened: pq.ParquetWriter, rows: list[Row]) -> None:
    """Write one row group.

    Raises:
        DatasetError: A value is of another kind than its column.
    """
    import pyarrow as pa

    try:
        opened.write_table(pa.Table.from_pylist(rows, schema=schema()), row_group_size=GROUP_ROWS)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise DatasetError(
            f"{FINAL} or {LINEAGE}: a value is of the wrong kind: {error}"
        ) from error


def read_table(path: Path) -> Iterator[Row]:
    """The rows of a split.

    Raises:
        DatasetError: The file can't be read, or its schema is another one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.equals(schema()):
                raise DatasetError(f"{path}: {differing(file.schema_arrow)}")
            for batch in file.iter_batches(GROUP_ROWS):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{path} can't be read: {error}") from error


def differing(found: pa.Schema) -> str:
    """How a schema differs from the documented one."""
    wanted = schema()
    for place, field in enumerate(wanted):
        if place >= len(found) or not found.field(place).equals(field):
            got = found.field(place) if place < len(found) else "nothing"
            return f"the schema has {got} where {field} should be"
    return f"the schema has a column more: {found.names[len(wanted)]}"
