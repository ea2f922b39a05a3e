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
    """How one field is stored: its Arrow type, to plain values, and from an Arrow scalar."""

    type: pa.DataType
    encode: Callable[[Any], Any]
    decode: Callable[[pa.Scalar], Any]


def scalar(kind: pa.DataType) -> Column:
    """A plain number."""
    return Column(kind, lambda value: value, lambda cell: cell.as_py())


def records(built: type, **fields: pa.DataType) -> Column:
    """A tuple of small dataclasses, stored as a list of structs."""
    return Column(
        pa.list_(pa.struct(list(fields.items()))),
        lambda value: [asdict(item) for item in value],
        lambda cell: tuple(built(**item) for item in cell.as_py()),
    )


def array(kind: pa.DataType) -> Column:
    """A numpy array of any rank, stored as its shape and its values in row order."""
    dtype = np.dtype(kind.to_pandas_dtype())

    def encode(value: Any) -> dict[str, Any]:
        return {"shape": list(value.shape), "values": np.asarray(value, dtype).ravel()}

    def decode(cell: pa.Scalar) -> Any:
        return np.array(cell["values"].values, dtype).reshape(cell["shape"].as_py())

    return Column(
        pa.struct([("shape", pa.list_(pa.int32())), ("values", pa.list_(kind))]), encode, decode
    )


def fraction(value: Fraction) -> list[int]:
    """A fraction as two whole numbers."""
    return [value.numerator, value.denominator]


def track() -> Column:
    """A `Track`: lists of one value a frame, and what holds for all of them."""
    lists = {
        "pts": pa.int64(),
        "scores": pa.float64(),
        "marks": pa.uint32(),
        "keys": pa.int64(),
    }
    plain = {"time_base": pa.list_(pa.int64()), "rate": pa.list_(pa.int64())}
    fields = {name: pa.list_(kind) for name, kind in lists.items()} | plain

    def encode(value: Track) -> dict[str, Any]:
        whole = {name: fraction(getattr(value, name)) for name in plain}
        arrays = {name: getattr(value, name) for name in lists}
        return {**arrays, **whole, "frame_bytes": value.frame_bytes}

    def decode(cell: pa.Scalar) -> Track:
        arrays: dict[str, Any] = {
            name: np.array(cell[name].values, kind.to_pandas_dtype())
            for name, kind in lists.items()
        }
        whole: dict[str, Any] = {name: Fraction(*cell[name].as_py()) for name in plain}
        return Track(**arrays, **whole, frame_bytes=cell["frame_bytes"].as_py())

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
