"""The words of the glossary hold in the code and the pages, and a wait for nothing but time says why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.rooms import ROOMS, ROOT

#: A docstring begins with a verb in its usual sense.
_NO_VERBS = re.compile(r"(Answer|Hear|Say|Tell|Take up)s? ")
#: Words that have a plain one, and the only files that may still have them.
_GONE = {
    "answer": {"CHANGELOG.md", "docs/internals/glossary.md"},
    "whoever": set(),
}
_FOLDERS = (*ROOMS, ".ci", "bench", "deploy", "docs", "examples", "tests")
_WRITTEN = {".html", ".js", ".lua", ".md", ".py", ".toml", ".yml"}


def _files(*endings: str) -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.suffix in endings)
    for folder in _FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in endings)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _sleeps(tree: ast.AST) -> Iterator[int]:
    """Yield the lines on which anything sleeps, but for a sleep of 0, which only lets others run."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="sleep" | "_sleep"), args=[ast.Constant(value=0)]):
                continue
            case ast.Call(func=ast.Attribute(attr="sleep" | "_sleep")):
                yield node.lineno
            case _:
                continue


def test_a_docstring_begins_with_a_plain_verb() -> None:
    """As Return, Raise or Record; of a module or a class as Returns or Records, too."""
    found = [
        f"{_name(path)}: {text.splitlines()[0]}"
        for path in _files(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and _NO_VERBS.match(text := ast.get_docstring(node) or "")
    ]
    assert found == []


def test_a_word_that_has_a_plain_one_is_gone() -> None:
    """Within names, too."""
    words = re.compile("|".join(_GONE), re.IGNORECASE)
    found = [
        f"{_name(path)}:{number} {match[0]}"
        for path in _files(*_WRITTEN)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in words.finditer(line)
        if _name(path) not in _GONE[match[0].lower()]
    ]
    assert found == []


def test_a_sleep_says_why_no_condition_is_waited_for() -> None:
    """On its line, or in the comment above it."""
    found = []
    for path in _files(".py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [
            f"{_name(path)}:{number} {lines[number - 1].strip()}"
            for number in _sleeps(ast.parse("\n".join(lines)))
            if "# " not in lines[number - 1] and not lines[number - 2].lstrip().startswith("#")
        ]
    assert found == []
