"""What the environment may say, and how a wrong variable is told of."""

import subprocess
import sys

import pytest

from lessonhook.config import InvalidSettings, read_settings


def test_a_wrong_variable_is_named_with_its_rule_and_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that landed in the wrong variable must not end up in a log."""
    monkeypatch.setenv("LESSONHOOK_ATTEMPTS", "hunter2")
    monkeypatch.setenv("LESSONHOOK_RETRY_DELAY_SECONDS", "-1")
    with pytest.raises(InvalidSettings) as caught:
        read_settings()
    assert "LESSONHOOK_ATTEMPTS" in str(caught.value)
    assert "LESSONHOOK_RETRY_DELAY_SECONDS" in str(caught.value)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_importing_the_producer_reads_no_settings() -> None:
    """An LMS may set its environment after its imports, and a wrong variable must not end its start."""
    script = "import os; os.environ['LESSONHOOK_ATTEMPTS'] = 'none'; import lessonhook.producer"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, timeout=60)
