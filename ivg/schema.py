"""The Arrow type of each field of a `Video`, and the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from ivg.records import Caption, Scene, Segment, Track


@dataclass(frozen=True)
class Column:
    """How one field is stored: its Arrow type, to plain values, and from a column of Arrow.

    Whole columns are decoded, since an Arrow scalar for each row takes ten times as long.
    """

    type: pa.DataType
    encode: Callable[[Any], Any]
    decode: Callable[[pa.Array], list[Any]]


def scalar(kind: pa.DataType) -> Column:
    """A plain number."""
    return Column(kind, lambda value: value, lambda column: list(column.to_pylist()))


def lists(column: pa.ListArray) -> list[tuple[int, int]]:
    """Begin and end of each list in `column.values`; an empty one where there is none."""
    offsets = column.offsets.to_pylist()
    there = column.is_valid().to_pylist()
    both = zip(offsets, offsets[1:], there, strict=False)
    return [(begin, end if full else begin) for begin, end, full in both]


def records(built: type, **fields: pa.DataType) -> Column:
    """A tuple of small dataclasses, stored as a list of structs."""

    def decode(column: pa.Array) -> list[Any]:
        items = column.values
        plain = [items.field(name).to_pylist() for name in fields]
        made = [built(**dict(zip(fields, item, strict=True))) for item in zip(*plain, strict=True)]
        return [tuple(made[begin:end]) for begin, end in lists(column)]

    return Column(
        pa.list_(pa.struct(list(fields.items()))),
        lambda value: [asdict(item) for item in value],
        decode,
    )


def array(kind: pa.DataType) -> Column:
    """A numpy array of any rank, stored as its shape and its values in row order."""
    dtype = np.dtype(kind.to_pandas_dtype())

    def encode(value: Any) -> dict[str, Any]:
        return {"shape": list(value.shape), "values": np.asarray(value, dtype).ravel()}

    def decode(column: pa.Array) -> list[Any]:
        values = column.field("values")
        flat = values.values.to_numpy(zero_copy_only=False)
        shapes = column.field("shape").to_pylist()
        return [
            np.array(flat[begin:end], dtype).reshape(shape if shape is not None else 0)
            for (begin, end), shape in zip(lists(values), shapes, strict=True)
        ]

    return Column(
        pa.struct([("shape", pa.list_(pa.int32())), ("values", pa.list_(kind))]), encode, decode
    )


def fraction(value: Fraction) -> list[int]:
    """A fraction as two whole numbers."""
    return [value.numerator, value.denominator]


def track() -> Column:
    """A `Track`: lists of one value a frame, and what holds for all of them."""
    per_frame = {
        "pts": pa.int64(),
        "scores": pa.float64(),
        "marks": pa.uint32(),
        "keys": pa.int64(),
    }
    plain = {"time_base": pa.list_(pa.int64()), "rate": pa.list_(pa.int64())}
    fields = {name: pa.list_(kind) for name, kind in per_frame.items()} | plain

    def encode(value: Track) -> dict[str, Any]:
        whole = {name: fraction(getattr(value, name)) for name in plain}
        arrays = {name: getattr(value, name) for name in per_frame}
        return {**arrays, **whole, "frame_bytes": value.frame_bytes}

    def one(cell: pa.Scalar) -> Track:
        arrays: dict[str, Any] = {
            name: np.array(cell[name].values, kind.to_pandas_dtype())
            for name, kind in per_frame.items()
        }
        whole: dict[str, Any] = {name: Fraction(*cell[name].as_py()) for name in plain}
        return Track(**arrays, **whole, frame_bytes=cell["frame_bytes"].as_py())

    def decode(column: pa.Array) -> list[Any]:
        return [one(cell) if cell.is_valid else None for cell in column]

    return Column(pa.struct([*fields.items(), ("frame_bytes", pa.int64())]), encode, decode)


SPAN = {"start_sec": pa.float64(), "end_sec": pa.float64()}

COLUMNS: dict[str, Column] = {
    "duration": scalar(pa.float64()),
    "fps": scalar(pa.float64()),
    "track": track(),
    "scenes": records(Scene, **SPAN),
    "dropped_scenes": records(Scene, **SPAN),
    "frame_times": array(pa.float64()),
    "features": array(pa.float32()),
    "feature_frames": array(pa.int64()),
    "scene_vectors": array(pa.float32()),
    "similarity_decimals": scalar(pa.int32()),
    "segments": records(Segment, **SPAN, first_scene=pa.int32(), last_scene=pa.int32()),
    "neighbour_similarity": array(pa.float64()),
    "captions": records(
        Caption, **SPAN, text=pa.string(), segment=pa.int32(), captioner=pa.string()
    ),
    "frame_similarities": array(pa.float64()),
    "scorer_scenes": array(pa.float32()),
    "scorer_captions": array(pa.float32()),
    "judge_frames": array(pa.float32()),
    "judge_times": array(pa.float64()),
    "judge_captions": array(pa.float32()),
}

BOOKS: dict[str, pa.DataType] = {
    "video_id": pa.string(),
    "status": pa.string(),
    "reason": pa.string(),
    "seconds": pa.float64(),
    "tallies": pa.string(),
}


def schema(fields: tuple[str, ...]) -> pa.Schema:
    """The schema of a stage's parts: the books and the fields that it produces."""
    return pa.schema({**BOOKS, **{name: COLUMNS[name].type for name in fields}})
