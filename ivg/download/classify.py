"""From yt-dlp's exceptions to typed failures: exception types first, messages second."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import (
    ContentTooShortError,
    GeoRestrictedError,
    UnsupportedError,
    UserNotLive,
)

from ivg.download.addresses import RefusedAddressError
from ivg.errors import (
    AccessDeniedError,
    AgeRestrictedError,
    DownloadError,
    GeoBlockedError,
    NetworkError,
    NotMediaError,
    PrivateAddressError,
    RateLimitedError,
    UnknownDownloadError,
    VideoGoneError,
    VideoPrivateError,
)

TYPES: tuple[tuple[type[BaseException], type[DownloadError]], ...] = (
    (GeoRestrictedError, GeoBlockedError),
    (UnsupportedError, NotMediaError),
    (UserNotLive, NotMediaError),
    (ContentTooShortError, NetworkError),
    (TransportError, NetworkError),
)
STATUS: dict[int, type[DownloadError]] = {
    401: AccessDeniedError,
    403: AccessDeniedError,
    404: VideoGoneError,
    408: NetworkError,
    410: VideoGoneError,
    425: NetworkError,
    429: RateLimitedError,
    451: GeoBlockedError,
}
# YouTube says on its page that a video is gone. Its 403 comes after some hundred downloads, and
# its 404 from a helper address (a player script, a fragment): neither is the end of a video.
YOUTUBE_STATUS: dict[int, type[DownloadError]] = {
    403: RateLimitedError,
    404: UnknownDownloadError,
    410: UnknownDownloadError,
}
YOUTUBE_HOST = re.compile(r"^https?://([\w.-]+\.)?(youtube|googlevideo|youtu)\.\w+[:/]")

# The order matters: "Video unavailable" begins messages of every kind.
MESSAGES: tuple[tuple[str, type[DownloadError]], ...] = (
    (r"not a bot|captcha|rate-limited|too many requests|try again later", RateLimitedError),
    (r"confirm your age|age.restricted|inappropriate for some users", AgeRestrictedError),
    (r"(in|from) your (country|location|region)|geo.?restrict", GeoBlockedError),
    (r"private video|video is private|members.only|channel's members", VideoPrivateError),
    (r"join this channel|requires payment|music premium members", VideoPrivateError),
    (r"has been removed|been terminated|account .* closed|no longer available", VideoGoneError),
    (r"isn't available anymore|(video|page) does(n't| not) exist", VideoGoneError),
    (r"video unavailable\W*$|this video is unavailable\W*$", VideoGoneError),
    (r"drm protected|sign in|log ?in|registered users|cookies", AccessDeniedError),
    # yt-dlp gives up on a broken connection without naming an exception.
    (r"got error:|timed out|connection (reset|refused|aborted)|bytes read", NetworkError),
    (r"content too short|name resolution|did not get any data", NetworkError),
    (r"unsupported url|no media found", NotMediaError),
)
SIGNATURE = re.compile(
    r"^(ERROR: )?\s*(?P<text>.*?)(; please report this issue on .*)?$", re.DOTALL
)


def classify(error: BaseException) -> DownloadError:
    """The failure that yt-dlp's exception stands for.

    An exception of any other type is an `UnknownDownloadError` unless its message is known.
    """
    if isinstance(error, DownloadError):
        return error
    text = message_of(error)
    if any(isinstance(cause, RefusedAddressError) for cause in causes(error)):
        return PrivateAddressError(f"{text}; source.allow_private=true allows it")
    for cause in causes(error):
        named = by_type(cause)
        if named is not None:
            return named(text)
    return by_message(text)(text)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first; yt-dlp keeps that in three places."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        info = getattr(one, "exc_info", None) or (None, None, None)
        queue += [info[1], getattr(one, "cause", None), one.__cause__]


def by_type(error: BaseException) -> type[DownloadError] | None:
    """What the exception's type, or its HTTP status, says."""
    if isinstance(error, HTTPError):
        return by_status(error.status, str(error.response.url))
    return next((named for kind, named in TYPES if isinstance(error, kind)), None)


def by_status(status: int, url: str) -> type[DownloadError]:
    """What an HTTP status says; 5xx is the server's trouble and passes."""
    if YOUTUBE_HOST.match(url) and status in YOUTUBE_STATUS:
        return YOUTUBE_STATUS[status]
    return STATUS.get(status, NetworkError if status >= 500 else UnknownDownloadError)


def by_message(text: str) -> type[DownloadError]:
    """What the message says."""
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for pattern, named in MESSAGES:
        if re.search(pattern, plain, re.IGNORECASE):
            return named
    return UnknownDownloadError


def message_of(error: BaseException) -> str:
    """The message without yt-dlp's prefix and its request for a bug report."""
    match = SIGNATURE.match(str(error).strip())
    text = match["text"] if match else str(error)
    return text.strip() or type(error).__name__
