"""Errors that name what is wrong and say what to do.

The class name of an error is its type in the books (`failed`, by error type), so each class is
one kind of trouble that a user would treat in its own way.
"""

from typing import ClassVar


class IvgError(Exception):
    """Any error whose message is written for the user; shown without a traceback."""


class ConfigError(IvgError):
    """A config value is missing, misspelt or out of range; the message names its key."""


class MissingDependencyError(IvgError):
    """A package, extra or checkpoint is not there; the message says how to get it."""


class StoreError(IvgError):
    """The store holds something that it should not; the message names the file."""


class DamagedError(StoreError):
    """A stored file is not as it was written; what it held is computed again."""


class BooksError(IvgError):
    """in = out + dropped + failed does not hold for a stage."""


class DatasetError(IvgError):
    """A folder is not the dataset that it should be; the message names the file and the line."""


class PushError(IvgError):
    """A release could not be published; the message says what the other side told."""


class RunFailedError(IvgError):
    """The run could not finish: it was told to stop, or no video was left."""


class StageBrokenError(IvgError):
    """Nothing in this stage can go on: the run ends, and what is computed stays."""


class UnwritableError(StageBrokenError):
    """A folder can't be written any more: disk or quota full, read-only, permission lost."""


class ServerRefusedError(StageBrokenError):
    """A server takes no request of ours: wrong key, no right, no such model."""


class SourceError(IvgError):
    """A source could not be listed; the message names the path or the key."""


class MalformedEntryError(SourceError):
    """One entry of a list holds no id or address; the message names file and line."""


class VideoError(IvgError):
    """One video can't be used; the message names the file. Costs that video only."""


class UnreadableFileError(VideoError):
    """A file or folder can't be read: permission, dangling link, loop of links."""


class MissingVideoError(VideoError):
    """A benchmark asks about a video of which there is no file."""


class EmptyFileError(VideoError):
    """The file has no bytes."""


class NotAVideoError(VideoError):
    """The file is no container that can be opened."""


class NoVideoStreamError(VideoError):
    """The file holds sound or subtitles, but no picture."""


class TruncatedVideoError(VideoError):
    """The file ends before the pictures that its header promises."""


class UnsupportedCodecError(VideoError):
    """The pictures are coded in a way that the installed ffmpeg libraries can't read."""


class TooShortVideoError(VideoError):
    """The whole video, of one frame perhaps, is shorter than the shortest scene."""


class FrameUnavailableError(VideoError):
    """A frame is neither in the frame store nor can it be decoded."""


class DownloadError(IvgError):
    """A video could not be downloaded; `permanent` ones are remembered and not asked again."""

    permanent: ClassVar[bool] = False


class VideoGoneError(DownloadError):
    """The video was removed or never existed (HTTP 404 or 410)."""

    permanent = True


class VideoPrivateError(DownloadError):
    """The video is private or for members only."""

    permanent = True


class AgeRestrictedError(DownloadError):
    """The video needs a signed-in, adult account; a cookies file may help."""


class GeoBlockedError(DownloadError):
    """The video is not offered in this country."""


class AccessDeniedError(DownloadError):
    """The site refuses (HTTP 401 or 403, sign-in, DRM); a cookies file may help."""


class RateLimitedError(DownloadError):
    """The site asked to slow down (HTTP 429, bot wall); retried with back-off."""


class NetworkError(DownloadError):
    """The connection failed or broke off; retried with back-off."""


class NotMediaError(DownloadError):
    """The address answered, but not with a video."""


class PrivateAddressError(DownloadError):
    """The address, or one that it leads to, is not public; `source.allow_private` allows it."""


class VideoTooLongError(DownloadError):
    """The site says that the video is longer than `source.max_secs`."""


class VideoTooLargeError(DownloadError):
    """The download has more bytes than `source.max_mb`; what came is deleted."""


class UnknownDownloadError(DownloadError):
    """The download failed in a way that has no name yet; the message is yt-dlp's."""


class VideoChangedError(VideoError):
    """The file is no longer the one that was listed: it was replaced, or is still being written."""


class BadModelOutputError(VideoError):
    """A model's answer can't be used: NaN, infinite, of a wrong shape or of a wrong number."""


class CaptionRequestError(VideoError):
    """A server gave no caption of a segment, however often it was asked."""


class WorkerCrashedError(VideoError):
    """The process that worked on the video died, twice."""


class VideoTimeLimitError(VideoError):
    """One pass over the video took longer than `limits.secs_per_video`."""


class VideoMemoryLimitError(VideoError):
    """One pass over the video needed more memory than `limits.memory_mb`."""


class TooManyFramesError(VideoError):
    """The video has more frames than `limits.frames`."""


class TooManyPixelsError(VideoError):
    """A picture of the video is larger than `limits.pixels`."""


class TooManyStreamsError(VideoError):
    """The file holds more streams than `limits.streams`."""


class MissingAnnotationError(VideoError):
    """A published file says nothing of a video of which the others speak."""


class BadAnnotationError(VideoError):
    """A published file says something of a video that can't be true; the message names it."""
