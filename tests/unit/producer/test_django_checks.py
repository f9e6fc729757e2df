"""Django finds a wrong setting of lessonhook at start, and not when the first learner completes a lesson."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessonhook.console.processes import LOOPBACK, free_port
from lessonhook.producer.django import check_redis, check_settings


def test_a_wrong_url_is_an_error_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text names the variable and quotes nothing of it."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", "nonsense-marked")
    [found] = check_settings()
    assert (found.id, found.is_serious()) == ("lessonhook.E001", True)
    assert "LESSONHOOK_REDIS_URL: must begin with redis://" in found.msg
    assert "marked" not in str(found)
    assert check_redis() == []


def test_a_misspelt_variable_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have no effect, in silence."""
    monkeypatch.setenv("LESSONHOOK_REDIS_ULR", "redis://localhost")
    [found] = check_settings()
    assert (found.id, found.is_serious()) == ("lessonhook.W001", False)
    assert "LESSONHOOK_REDIS_ULR" in found.msg
    assert found.hint == "Did you mean LESSONHOOK_REDIS_URL?"


def test_a_deployment_asks_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text names the server that did not reply."""
    port = free_port()
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", f"redis://:marked@{LOOPBACK}:{port}/0")
    [found] = check_redis()
    assert found.id == "lessonhook.E002"
    assert found.msg == f"Redis at {LOOPBACK}:{port} (database 0) is not reachable (Connection refused)."


def test_an_installed_app_makes_django_refuse_to_start(tmp_path: Path) -> None:
    """As `manage.py check` runs it: the line of the check, and an exit code that stops a deployment."""
    program = """
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(INSTALLED_APPS=["lessonhook.producer.django.LessonhookConfig"])
django.setup()
call_command("check")
"""
    environment = {**os.environ, "LESSONHOOK_ATTEMPTS": "none"}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "(lessonhook.E001) LESSONHOOK_ATTEMPTS: must" in ended.stderr
