"""Files that name other files and addresses, as a stranger would to make us open them."""

import struct
from pathlib import Path

from make_clips import cut

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf")


def playlists(target: str) -> dict[str, bytes]:
    """File name to a playlist of some kind that has `target` played."""
    return {
        "list.m3u8": (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n"
            f"{target}\n#EXT-X-ENDLIST\n"
        ).encode(),
        "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n".encode(),
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\nduration 2.0\n".encode(),
        "dash.mpd": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
            '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
            f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ).encode(),
        "talk.sdp": (
            b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
            b"m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        ),
        "old.asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>'.encode(),
        "ref.mov": f'<?quicktime type="application/x-qtskin"?><embed src="{target}"/>'.encode(),
        "cat.txt": f"file {target}\nfile {target}\n".encode(),
    }


def with_outside_data(sample: Path, folder: Path, target: str) -> list[bytes]:
    """MP4s whose pictures are said to lie at `target`, by a URL and by an alias."""
    plain = cut(sample, folder / "plain.mp4", 0.0, 1.0).read_bytes()
    return [referring(plain, reference(target)) for reference in (by_url, by_alias)]


def by_url(target: str) -> bytes:
    """A data reference as MP4 has it."""
    return struct.pack(">I4sI", 13 + len(target), b"url ", 0) + target.encode() + b"\0"


def by_alias(target: str) -> bytes:
    """A data reference as QuickTime has it, the only one that ffmpeg could be told to follow."""
    name = Path(target).name.encode()[:63]
    path = target.replace("/", ":").encode()
    path += b"\0" * (len(path) % 2)
    body = bytes(14) + bytes([1]) + b"x".ljust(27, b"\0") + bytes(12)
    body += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">HH", 1, 1)
    body += bytes(16) + struct.pack(">HH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
    return struct.pack(">I4s", 8 + len(body), b"alis") + body


def referring(boxes: bytes, reference: bytes) -> bytes:
    """The boxes, with the data reference in them changed."""
    out, place = b"", 0
    while place + 8 <= len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, place)
        size = size or len(boxes) - place
        body = boxes[place + 8 : place + size]
        if kind in PARENTS:
            body = referring(body, reference)
        elif kind == b"dref":
            body = body[:8] + reference
        out += struct.pack(">I4s", 8 + len(body), kind) + body
        place += size
    return out
