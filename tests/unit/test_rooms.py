"""The house keeps its shape: one way between the rooms, one door to each, nothing that hides or overgrows another."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rooms import ROOMS, ROOT

#: Lines. A longer file holds more than one idea.
LONGEST_FILE = 300
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".lua"})
MODULES = [path for path in SOURCES if path.suffix == ".py"]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _room_of(room: str) -> Path:
    return ROOT / room / "lessonhook" / room


def _is_documented_elsewhere(node: ast.AST) -> bool:
    """Return whether a method overrides a documented one, or sets a documented property."""
    marks = getattr(node, "decorator_list", [])
    return any(
        (isinstance(mark, ast.Name) and mark.id == "override")
        or (isinstance(mark, ast.Attribute) and mark.attr == "setter")
        for mark in marks
    )


def _undocumented(node: ast.AST, above: str = "") -> Iterator[str]:
    """Find the public classes, functions and methods that say nothing of themselves."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            # `if TYPE_CHECKING:` repeats a signature for type checkers; what it is for is said elsewhere.
            continue
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            if not ast.get_docstring(child) and not _is_documented_elsewhere(child):
                yield f"{above}{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from _undocumented(child, f"{above}{child.name}.")


def test_the_arrows_between_rooms_run_one_way() -> None:
    """Producer and worker know the ledger and not each other; the ledger knows the settings; the console knows all."""
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_hides_the_other_rooms(room: str) -> None:
    """An `__init__.py` directly under lessonhook/ would make of the shared namespace a package with one room."""
    assert not (ROOT / room / "lessonhook" / "__init__.py").exists()
    assert [entry.name for entry in (ROOT / room / "lessonhook").iterdir() if entry.name != "__pycache__"] == [room]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_one_door_and_says_that_it_is_typed(room: str) -> None:
    """What `__all__` names, in order, is there; the door says what the room is for."""
    package = importlib.import_module(f"lessonhook.{room}")
    assert package.__doc__
    assert package.__all__ == sorted(package.__all__, key=_as_ruff_sorts)
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert (_room_of(room) / "py.typed").exists()


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Order constants first, then classes, then functions and objects."""
    if name.isupper():
        return (0, name)
    return (1 if name[0].isupper() else 2, name)


def _imported_modules(path: Path) -> Iterator[str]:
    """Yield each module that a file imports from or imports whole."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _is_door(module: str) -> bool:
    """Return whether a module is a room or a cabinet of one: a package whose `__init__` lists what others may use."""
    path = _room_of(module.split(".")[1]).joinpath(*module.split(".")[2:], "__init__.py")
    return path.exists() and "__all__ = [" in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_room_is_entered_by_its_doors(path: Path) -> None:
    """An import from another room names the room or a cabinet, so that the modules behind them can be moved."""
    own = path.relative_to(ROOT).parts[0]
    others = [name for name in _imported_modules(path) if name.startswith("lessonhook.") and name.split(".")[1] != own]
    assert [name for name in others if not _is_door(name)] == []


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_holds_one_idea(path: Path) -> None:
    """Three hundred lines at most, Python and Lua alike."""
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_all_that_is_public_says_what_it_is(path: Path) -> None:
    """A module's first sentence says why it is there; a class or function, what it is or does."""
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert list(_undocumented(tree)) == []
