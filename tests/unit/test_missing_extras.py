"""Where an extra is not installed, the import that needs it says which one to install."""

import subprocess
import sys
from typing import Final

import pytest

#: The door of a room, which is also the name of its extra, and what it can't be imported without.
_NEEDS: Final = [
    ("page", "itsdangerous"),
    ("page", "jinja2"),
    ("page", "werkzeug"),
    ("worker", "certifi"),
    ("worker", "prometheus_client"),
    ("worker", "requests"),
]
#: Hides a module from a process, then imports the door of a room.
_PROGRAM: Final = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[2]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=sys.argv[2])

sys.meta_path.insert(0, Hidden())
try:
    __import__(f"lessonhook.{sys.argv[1]}")
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.parametrize(("extra", "module"), _NEEDS)
def test_the_import_names_the_extra(extra: str, module: str) -> None:
    """A bare `No module named 'werkzeug'` would not tell which extra has it."""
    ran = subprocess.run([sys.executable, "-c", _PROGRAM, extra, module], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(f"{module} is not installed; ")
    assert f"pip install 'lessonhook[{extra}]'" in ran.stdout
