"""Notices that completions stopped: those of one subscriber, or those of the whole LMS."""

from lessonhook.worker.silence.silence_watch import SilenceWatch

__all__ = ["SilenceWatch"]
