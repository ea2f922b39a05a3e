"""yt-dlp's real exceptions and the texts that sites really send."""

import io
import sys
from typing import Any

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    ExtractorError,
    GeoRestrictedError,
    UnavailableVideoError,
    UnsupportedError,
    UserNotLive,
)
from yt_dlp.utils import DownloadError as YtDlpError

from ivg.download.classify import classify

WATCH = "https://www.youtube.com/watch?v=aaaaaaaaaaa"
YOUTUBE_FILE = "https://rr3---sn-4g5e6nez.googlevideo.com/videoplayback"


def http(status: int, url: str = "https://example.org/a.mp4") -> HTTPError:
    return HTTPError(Response(io.BytesIO(b""), url, {}, status=status, reason="because"))


def as_raised(cause: Exception) -> YtDlpError:
    """Wrapped as YoutubeDL.report_error does."""
    try:
        raise cause
    except Exception:  # noqa: BLE001
        return YtDlpError(f"ERROR: {cause}", sys.exc_info())


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (http(404), "VideoGoneError"),
        (http(410), "VideoGoneError"),
        (http(401), "AccessDeniedError"),
        (http(403), "AccessDeniedError"),
        (http(403, YOUTUBE_FILE), "RateLimitedError"),
        (http(404, WATCH), "UnknownDownloadError"),
        (http(404, "https://notyoutube.com/a"), "VideoGoneError"),
        (http(429), "RateLimitedError"),
        (http(429, WATCH), "RateLimitedError"),
        (http(451), "GeoBlockedError"),
        (http(408), "NetworkError"),
        (http(500), "NetworkError"),
        (http(503), "NetworkError"),
        (http(418), "UnknownDownloadError"),
        (TransportError("timed out"), "NetworkError"),
        (CertificateVerifyError("self-signed"), "NetworkError"),
        (IncompleteRead(10, 20), "NetworkError"),
        (ContentTooShortError(10, 20), "NetworkError"),
        (GeoRestrictedError("Not here", countries=["DE"]), "GeoBlockedError"),
        (UnsupportedError("https://example.org"), "NotMediaError"),
        (UserNotLive(), "NotMediaError"),
        (ExtractorError("Unable to download webpage", cause=http(404)), "VideoGoneError"),
        (ExtractorError("Unable to download API page", cause=http(429)), "RateLimitedError"),
        (UnavailableVideoError(OSError(28, "No space left on device")), "UnknownDownloadError"),
        (KeyError("streamingData"), "UnknownDownloadError"),
    ],
)
def test_classify_by_type(error: Exception, name: str) -> None:
    assert type(classify(error)).__name__ == name
    assert type(classify(as_raised(error))).__name__ == name


def test_classify_finds_the_cause_of_a_cause() -> None:
    deep = ExtractorError("outer", cause=ExtractorError("inner", cause=http(429)))
    assert type(classify(as_raised(deep))).__name__ == "RateLimitedError"


def test_classify_ends_on_a_circle_of_causes() -> None:
    first, second = ExtractorError("a", expected=True), ExtractorError("b", expected=True)
    first.cause, second.cause = second, first
    assert type(classify(first)).__name__ == "UnknownDownloadError"


TEXTS = [
    ("Video unavailable. This video has been removed by the uploader", "VideoGoneError"),
    ("Video unavailable. This video isn’t available anymore", "VideoGoneError"),
    ("This video has been removed for violating YouTube's Terms of Service", "VideoGoneError"),
    (
        "Video unavailable. This video is no longer available because the YouTube account "
        "associated with this video has been terminated.",
        "VideoGoneError",
    ),
    ("Video unavailable. This video is no longer available due to a copyright claim by X",
     "VideoGoneError"),
    ("Video unavailable", "VideoGoneError"),
    ("This video is unavailable", "VideoGoneError"),
    ("Video unavailable. This video is not available", "UnknownDownloadError"),
    ("Video unavailable. This content isn’t available.", "UnknownDownloadError"),
    (
        "Video unavailable. This content isn't available, try again later. The current session "
        "has been rate-limited by YouTube for up to an hour.",
        "RateLimitedError",
    ),
    ("Sign in to confirm you’re not a bot. Use --cookies for the authentication",
     "RateLimitedError"),
    ("This video is unavailable. YouTube is requiring a captcha challenge before playback",
     "RateLimitedError"),
    ("Private video. Sign in if you've been granted access to this video", "VideoPrivateError"),
    ("This video is private. Use --cookies", "VideoPrivateError"),
    ("Join this channel to get access to members-only content like this video",
     "VideoPrivateError"),
    (
        "This video is available to this channel's members on level: Fans (or any higher level). "
        "Join this channel to get access to members-only content and other exclusive perks.",
        "VideoPrivateError",
    ),
    ("This video requires payment to watch", "VideoPrivateError"),
    ("Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies",
     "AgeRestrictedError"),
    ("This video is age-restricted and only available on YouTube", "AgeRestrictedError"),
    ("The uploader has not made this video available in your country", "GeoBlockedError"),
    (
        "Video unavailable. This video contains content from SME, who has blocked it in your "
        "country on copyright grounds",
        "GeoBlockedError",
    ),
    ("This video is not available from your location due to geo restriction", "GeoBlockedError"),
    ("This video is only available for registered users. Use --cookies", "AccessDeniedError"),
    ("This video is DRM protected", "AccessDeniedError"),
    ("Premieres in 3 hours", "UnknownDownloadError"),
    ("This live event will begin in 2 days.", "UnknownDownloadError"),
    ("Requested format is not available. Use --list-formats for a list of available formats",
     "UnknownDownloadError"),
    ("No video formats found!", "UnknownDownloadError"),
    ("\r[download] Got error: 523264 bytes read, 946688 more expected. Giving up after 3 retries",
     "NetworkError"),
    ("\r[download] Got error: HTTP Error 503: Service Unavailable", "NetworkError"),
    ("[generic] Unable to download webpage: [Errno -3] Temporary failure in name resolution",
     "NetworkError"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), TEXTS)
def test_classify_by_message(text: str, name: str) -> None:
    bare = YtDlpError(f"ERROR: [youtube] dQw4w9WgXcQ: {text}", (None, None, None))
    assert type(classify(bare)).__name__ == name
    raised = as_raised(ExtractorError(text, expected=True, video_id="dQw4w9WgXcQ", ie="youtube"))
    assert type(classify(raised)).__name__ == name


def test_classify_only_gone_and_private_are_permanent() -> None:
    permanent = {name for text, name in TEXTS if classify(YtDlpError(text)).permanent}
    assert permanent == {"VideoGoneError", "VideoPrivateError"}


def test_classify_message_is_short_and_keeps_what_yt_dlp_says() -> None:
    error: Any = as_raised(ExtractorError("Something new", video_id="x", ie="youtube"))
    assert "please report this issue" in str(error)
    assert str(classify(error)) == "[youtube] x: Something new"


def test_classify_keeps_a_typed_failure() -> None:
    typed = classify(http(404))
    assert classify(typed) is typed
