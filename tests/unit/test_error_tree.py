"""The drawing of the error tree in `lessonhook.config.errors` is whole, and names nothing that does not exist."""

import importlib
import pkgutil
import re

import lessonhook
from lessonhook.config import LessonhookError, errors


def all_below(error: type[LessonhookError]) -> set[str]:
    """Return the public names of all classes below an error."""
    names = set()
    for below in error.__subclasses__():
        names |= {below.__name__} | all_below(below)
    return {name for name in names if not name.startswith("_")}


def test_every_error_of_every_room_is_in_the_drawing_and_the_reverse() -> None:
    """The tree has each error, with its room and its meaning."""
    for module in pkgutil.walk_packages(lessonhook.__path__, "lessonhook."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    drawn = re.findall(r"─ (\w+) +\((\w+)\)", errors.__doc__ or "")
    assert {name for name, _ in drawn} == all_below(LessonhookError)
    assert len(drawn) == len(dict(drawn))
