"""Which containers are opened: those that people keep videos in, and that hold all they need.

ffmpeg knows hundreds more: playlists that name other files and addresses, image patterns, scripts,
devices, formats of old games. None of these is worth what their parsers may do to us.
"""

CONTAINERS = (
    "3g2",
    "3gp",
    "apng",
    "asf",
    "av1",
    "avi",
    "cavsvideo",
    "dhav",
    "dirac",
    "dnxhd",
    "dv",
    "flv",
    "gif",
    "gxf",
    "h261",
    "h263",
    "h264",
    "hevc",
    "ivf",
    "m4v",
    "matroska",
    "mjpeg",
    "mov",
    "mp4",
    "mpeg",
    "mpegts",
    "mpegvideo",
    "mxf",
    "nut",
    "obu",
    "ogg",
    "rm",
    "vc1",
    "vvc",
    "webm",
    "wtv",
    "yuv4mpegpipe",
)
SOUND = ("aac", "ac3", "aiff", "amr", "caf", "flac", "mp3", "w64", "wav")
"""Opened to be able to say that there are no pictures."""

ISOLATED = {
    "protocol_whitelist": "none",  # not even file: the bytes come from a stream that is open
    "format_whitelist": ",".join((*CONTAINERS, *SOUND)),
}
"""ffmpeg's options: no other format, and no other file or address than the open one."""
