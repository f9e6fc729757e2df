"""Who runs a command: the process's user, whatever its variables say."""

import os
import pwd
import socket

import pytest

from lessonhook.console.options.shell_user import shell_user

HOST = socket.gethostname()


def test_the_user_id_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not USER or LOGNAME, which everybody can set."""
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, "somebody-else")
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert shell_user() == f"{pwd.getpwuid(os.getuid()).pw_name}@{HOST}"


def test_behind_sudo_the_person_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And root too."""
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "ada")
    assert shell_user() == f"ada as root@{HOST}"


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs with any user id."""
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert shell_user() == f"user 987654321@{HOST}"
