"""Downloading with yt-dlp: sessions, workers, typed failures, the archive of failures."""
