"""The page of the receiver's library names what the door has, and its lines to copy work."""

import ast
import inspect
import re

import lessonhook.receiver
from tests.support.rooms import ROOT

_PAGE = (ROOT / "docs/receiver-library.md").read_text(encoding="utf-8")


def test_each_class_and_function_of_the_door_stands_on_the_page_and_the_reverse() -> None:
    """The constants are said where they are defaults."""
    door = {
        name
        for name in lessonhook.receiver.__all__
        if inspect.isclass(found := getattr(lessonhook.receiver, name)) or inspect.isfunction(found)
    }
    assert set(re.findall(r"^::: lessonhook\.receiver\.(\w+)$", _PAGE, re.MULTILINE)) == door


def test_the_lines_to_copy_are_python() -> None:
    """They parse, each block by itself."""
    blocks = re.findall(r"^```python\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for code in blocks:
        ast.parse(code)
