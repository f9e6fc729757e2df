"""What a signal handler may do: it runs between any two bytecodes, so it must never wait for a lock."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOMS, ROOT

#: Handlers that are not defined where they are installed: each raises an exception, and nothing else.
_RAISE: frozenset[str] = frozenset({"signal.default_int_handler", "command.sigterm_handler"})
#: What a handler may call: builtins that take no lock, Celery's own handler, the flag that has no lock, and a kill:
#: `Popen` looks at its child only if its lock is free, and then sends the signal.
_CALLS: frozenset[str] = frozenset(
    {"max", "celerys_handler", "app.runtime.stopping.set", "self._children.values", "child.kill"}
)
#: A signal every 50 microseconds, each of which raises the flag, while the main thread waits for it.
_STORM = """
import signal, time
from lessonhook.worker.runtime.stop_flag import StopFlag
flag = StopFlag()
signal.signal(signal.SIGALRM, lambda *_: flag.set())
signal.setitimer(signal.ITIMER_REAL, 5e-5, 5e-5)
ends = time.monotonic() + 0.5
while time.monotonic() < ends:
    flag.wait(1.0)
    flag.set()
signal.setitimer(signal.ITIMER_REAL, 0.0)
assert flag.is_set()
"""


def _sources() -> Iterator[Path]:
    for folder in (*ROOMS, "deploy"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def _handlers(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what a module gives to `signal.signal` and to Celery's signals of a stop, which a handler of it sends."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if ast.unparse(node.func) == "signal.signal":
            yield node.args[1]
        elif ast.unparse(node.func) == "signals.worker_shutting_down.connect":
            yield node.args[0]


def _body(tree: ast.Module, handler: ast.expr) -> ast.AST | None:
    """Return the function that is installed, if the module defines it."""
    if isinstance(handler, ast.Lambda):
        return handler
    name = ast.unparse(handler).removeprefix("self.")
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return next((function for function in functions if function.name == name), None)


def _installed() -> Iterator[tuple[str, ast.Module, ast.expr]]:
    for path in _sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for handler in _handlers(tree):
            yield f"{path.relative_to(ROOT)}: {ast.unparse(handler)}", tree, handler


_INSTALLED = list(_installed())


def test_handlers_are_found() -> None:
    """A search that finds nothing would let every handler pass."""
    files = {name.partition(":")[0] for name, _, _ in _INSTALLED}
    assert {path for path in files if path.startswith("worker/")}, files
    assert {path for path in files if path.startswith("console/")}, files


@pytest.mark.parametrize(("name", "tree", "handler"), _INSTALLED, ids=[name for name, _, _ in _INSTALLED])
def test_a_signal_handler_only_assigns_or_raises(name: str, tree: ast.Module, handler: ast.expr) -> None:
    """An Event, a queue or a log has a lock; the interrupted thread may hold it, and waits for its handler."""
    body = _body(tree, handler)
    if body is None:
        assert ast.unparse(handler) in _RAISE, f"{name} is defined elsewhere: read it, and add it to those that raise"
        return
    calls = {ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
    raised = {
        ast.unparse(node.exc.func)
        for node in ast.walk(body)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    assert calls - raised <= _CALLS, f"{name} calls {sorted(calls - raised - _CALLS)}"


def test_a_storm_of_signals_never_stops_the_one_that_waits() -> None:
    """A second signal within the first one's handler hung a process whose flag had a lock."""
    done = subprocess.run([sys.executable, "-c", _STORM], check=False, timeout=PATIENCE_SECONDS, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
