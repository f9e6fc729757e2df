"""The reference page of the desk names what the door has."""

import inspect
import re

import lessonhook.desk
from tests.support.rooms import ROOT


def test_each_class_of_the_door_stands_on_the_page_and_the_reverse() -> None:
    """The functions and constants of the door are for the command line and Flower's page."""
    page = (ROOT / "docs/reference/desk.md").read_text(encoding="utf-8")
    door = {name for name in lessonhook.desk.__all__ if inspect.isclass(getattr(lessonhook.desk, name))}
    assert set(re.findall(r"^::: lessonhook\.desk\.(\w+)$", page, re.MULTILINE)) == door
