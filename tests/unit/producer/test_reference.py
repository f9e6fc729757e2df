"""The reference page of the producer names what the door has."""

import inspect
import re

import lessonhook.producer
from tests.support.rooms import ROOT

#: The signal is an object, and has an entry beside the classes.
_OBJECTS = {"noticed"}


def test_each_class_of_the_door_stands_on_the_page_and_the_reverse() -> None:
    """Of `send_completion` and `subscriptions` the page shows the classes."""
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    door = {name for name in lessonhook.producer.__all__ if inspect.isclass(getattr(lessonhook.producer, name))}
    assert set(re.findall(r"^::: lessonhook\.producer\.(\w+)$", page, re.MULTILINE)) == door | _OBJECTS
