"""Subtitles in two languages, paired by the times of their cues."""
