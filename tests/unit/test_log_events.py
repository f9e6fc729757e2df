"""The page on the log has every event that a room logs, and none that no room logs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lessonhook.ledger import NoticeKind
from tests.support.rooms import ROOMS, ROOT

_DOCS: Final = ROOT / "docs"
_PAGE: Final = _DOCS / "reference" / "log.md"
_LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_MAKERS: Final = frozenset({"get_logger", "getLogger"})
_NAME: Final = re.compile(r"[a-z_]+\.[a-z_]+")
#: Its lines are for Flower's own log, which is tornado's and has sentences.
_FLOWERS: Final = Path("console/lessonhook/console/flower_page/actions.py")
#: A method that the page for LMS developers names, and no event.
_NO_EVENTS: Final = frozenset({"page.link"})
#: `| `one.name`, `other.name` | what happened |`
_ROW: Final = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def _is_logger(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in _MAKERS


def _bound(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names of a module's loggers, and the names that stand for a method of one, such as `log`."""
    loggers, methods = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if _is_logger(node.value):
                loggers |= names
            elif isinstance(node.value, ast.IfExp | ast.Attribute):
                methods |= names if any(_is_method(each, loggers) for each in ast.walk(node.value)) else set()
    return loggers, methods


def _is_method(node: ast.AST, loggers: set[str]) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in _LEVELS:
        return False
    return _is_logger(node.value) or (isinstance(node.value, ast.Name) and node.value.id in loggers)


def _leader_threads() -> set[str]:
    """Return the names of the jobs that one worker at a time does: their lines begin with them."""
    return {
        str(keyword.value.value)
        for _, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and {"name", "leader_key"} <= {each.arg for each in node.keywords}
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    }


def _names(first: ast.expr) -> set[str]:
    """Return the names that the first argument of a log call can have; raise LookupError if that cannot be read."""
    match first:
        case ast.Constant(value=str(text)):
            return {text.partition(" ")[0]}
        case ast.IfExp():
            return _names(first.body) | _names(first.orelse)
        case ast.JoinedStr(
            values=[ast.FormattedValue(value=ast.Attribute(attr="_name")), ast.Constant(value=str(ending))]
        ):
            return {f"{name}{ending}" for name in _leader_threads()}
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id="kind") | ast.Attribute(attr="kind")]):
            return set(NoticeKind)
    raise LookupError(ast.unparse(first))


def _logged() -> set[str]:
    found = set[str]()
    for path, tree in _trees():
        loggers, methods = _bound(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            is_alias = isinstance(node.func, ast.Name) and node.func.id in methods
            if (is_alias or _is_method(node.func, loggers)) and path != _FLOWERS:
                found |= _names(node.args[0])
    return found


def _listed() -> list[str]:
    rows = _ROW.findall(_PAGE.read_text(encoding="utf-8"))
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_each_event_has_a_name_that_can_be_searched_for() -> None:
    """Dotted, noun first; a line that begins otherwise is found by nobody."""
    logged = _logged()
    assert len(logged) > 60
    assert [name for name in sorted(logged) if not _NAME.fullmatch(name)] == []


def test_the_page_lists_each_event_and_no_other() -> None:
    """Once: a new event needs its row, and a row whose event is gone misleads who reads a log by it."""
    listed = _listed()
    assert len(listed) == len(set(listed))
    assert set(listed) == _logged()


def test_no_other_page_names_an_event_that_is_not_logged() -> None:
    """A name that has the first word of an event is one; `sweep.lua` and the rules in it have pages of their own."""
    logged = _logged()
    first_words = {name.partition(".")[0] for name in logged}
    others = (*_DOCS.glob("*.md"), *_DOCS.glob("reference/*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md")
    unknown = {
        (page.name, name)
        for page in others
        for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", page.read_text(encoding="utf-8"))
        if name.partition(".")[0] in first_words and name not in logged | _NO_EVENTS
    }
    assert sorted(unknown) == []
