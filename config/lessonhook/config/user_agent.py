"""What our POSTs call themselves."""

from importlib.metadata import version
from typing import Final

USER_AGENT: Final = f"lessonhook/{version('lessonhook')}"
