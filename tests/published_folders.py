"""Working folders as an InternVid-G run leaves them: no video, no model, a run in a second."""

import json
from pathlib import Path

SCENES = [[0, 4], [4, 8], [8, 12]]


def write_published(folder: Path, *names: str, captions: tuple[str, ...] = ("a cat",)) -> Path:
    """A folder in which each video has three unlike scenes; the captions are of the second."""
    folder.mkdir(parents=True, exist_ok=True)
    unlike = [[1.0 if a == b else 0.1 for b in range(3)] for a in range(3)]
    write_rows(folder / "scenes.jsonl", [{"video_fname": n, "scenes": SCENES} for n in names])
    write_rows(
        folder / "scenes_similarity.jsonl",
        [{"video_fname": n, "similarity_matrix": unlike} for n in names],
    )
    (folder / "durations.json").write_text(json.dumps(dict.fromkeys(names, 12)))
    if captions:
        where = {"start_sec": 4, "end_sec": 8, "captions": list(captions)}
        write_rows(folder / "captions.jsonl", [{"video_fname": name, **where} for name in names])
    return folder


def write_rows(path: Path, rows: list[dict]) -> None:
    """Pure ASCII, so that lone surrogates stand there as JSON lets them."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def published(folder: Path) -> list[str]:
    """The arguments of a build from the folder."""
    return ["build", "source=internvid_g", f"source.dir='{folder}'"]
