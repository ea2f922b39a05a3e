"""The programs that yt-dlp needs beside it; both come with the install."""

from __future__ import annotations

from typing import Any


def ffmpeg_path() -> str:
    """The ffmpeg that `imageio-ffmpeg` ships (or `IMAGEIO_FFMPEG_EXE`); it joins streams."""
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


def js_runtimes() -> dict[str, dict[str, Any]]:
    """The JavaScript runtime that YouTube needs: the `deno` package's, else the one in PATH."""
    from deno import find_deno_bin

    try:
        return {"deno": {"path": str(find_deno_bin())}}
    except FileNotFoundError:
        return {"deno": {}}
