"""Type checkers, set up as in an LMS and not as here, accept the right calls and refuse the wrong ones."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_type_hints

import pytest
from pydantic import BaseModel

from lessonhook.producer import CompletionDict, CompletionEvent, Lesson, LessonDict, User, UserDict

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "typing"
#: A bound for a hang; the first run on a machine reads all of pydantic.
_CHECK_SECONDS = 300
_PYRIGHTS = ("basedpyright", "pyright")


@pytest.fixture
def lms(tmp_path: Path) -> Path:
    """Return a folder with the calls and without this project's configuration."""
    for calls in ("right_calls.py", "wrong_calls.py"):
        shutil.copy(HERE / calls, tmp_path)
    return tmp_path


def _check(command: list[str], folder: Path) -> None:
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_CHECK_SECONDS)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_mypy_accepts_the_right_calls_and_refuses_the_wrong_ones(lms: Path) -> None:
    """Strict, without a plugin and without stubs for Celery; an `ignore` that is not needed is an error."""
    (lms / "mypy.ini").write_text("[mypy]\nstrict = True\n")
    _check([sys.executable, "-m", "mypy", "--cache-dir", str(CACHE), "."], lms)


def test_pyright_accepts_the_right_calls_and_refuses_the_wrong_ones(lms: Path) -> None:
    """With the rules that pyright has by default; an `ignore` that is not needed is an error."""
    found = next((path for name in _PYRIGHTS if (path := Path(sys.executable).with_name(name)).exists()), None)
    if found is None:
        pytest.skip("neither basedpyright nor pyright is installed")
    options = {
        "typeCheckingMode": "standard",
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": "error",
    }
    (lms / "pyrightconfig.json").write_text(json.dumps(options))
    _check([str(found), "--pythonpath", sys.executable, "."], lms)


@pytest.mark.parametrize(
    ("model", "fields"), [(CompletionEvent, CompletionDict), (User, UserDict), (Lesson, LessonDict)]
)
def test_a_dict_has_the_fields_of_its_model(model: type[BaseModel], fields: type[Mapping[str, object]]) -> None:
    """What may be left out of the one may be left out of the other."""
    assert set(get_type_hints(fields)) == set(model.model_fields)
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert getattr(fields, "__required_keys__", None) == required
