"""How commands end where there is nothing to talk to, or the call itself is wrong."""

import re
import subprocess
import sys

import pytest

from lessonhook.console.cli import run
from lessonhook.console.processes import LOOPBACK, free_port

COMMANDS = (
    ["status"],
    ["status", "acme"],
    ["pause", "acme"],
    ["resume", "acme"],
    ["health"],
    ["subscriptions", "list"],
    ["subscriptions", "show", "acme"],
    ["subscriptions", "put", "acme", "https://acme.example/"],
    ["subscriptions", "remove", "acme", "--yes"],
    ["subscriptions", "rotate-secret", "acme"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_redis_each_command_ends_with_3_and_one_line(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the variable and no password, and stands on the standard error."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", f"redis://name:marked-password@{LOOPBACK}:{free_port()}/0")
    assert run(command) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert re.fullmatch(
        r"lessonhook: Redis at 127\.0\.0\.1:\d+ \(database 0\) is not reachable \(Connection refused\); "
        r"see LESSONHOOK_REDIS_URL\n",
        shown.err,
    )
    assert "marked-password" not in shown.err


@pytest.mark.parametrize("url", ["nonsense", "foo://marked-password@host", "redis://host:port-marked-password/0"])
def test_a_url_that_is_none_is_wrong_usage(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2, and nothing of it is quoted."""
    monkeypatch.setenv("LESSONHOOK_REDIS_URL", url)
    assert run(["status"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("lessonhook: LESSONHOOK_REDIS_URL: must ")
    assert "marked" not in shown


def test_a_setting_that_is_wrong_is_named_without_its_value() -> None:
    """2, with the variable and the rule; also where the setting is read as early as an import."""
    ended = subprocess.run(
        [sys.executable, "-m", "lessonhook.console", "status"],
        env={"LESSONHOOK_ATTEMPTS": "marked", "LESSONHOOK_RETRY_DELAY_SECONDS": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("lessonhook: LESSONHOOK_ATTEMPTS: ")
    assert "LESSONHOOK_RETRY_DELAY_SECONDS: " in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "marked" not in ended.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["status", "--nonsense"], ["subscriptions", "put", "acme"]])
def test_a_wrong_call_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As commands do everywhere."""
    assert run(arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["status", "--help"],
        ["pause", "--help"],
        ["resume", "--help"],
        ["health", "--help"],
        ["settings", "--help"],
        ["demo", "--help"],
        ["run", "--help"],
        ["subscriptions", "--help"],
        ["subscriptions", "put", "--help"],
        ["subscriptions", "rotate-secret", "--help"],
        ["reseal", "--help"],
    ],
    ids=" ".join,
)
def test_each_level_has_help_that_fits_80_columns(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """0, on the standard output."""
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert "Usage: lessonhook" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_version_is_the_distribution_s(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, for scripts."""
    assert run(["--version"]) == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_the_shell_completes_commands() -> None:
    """As bash asks for it, once `--install-completion` has told it how."""
    asked = {"_LESSONHOOK_COMPLETE": "complete_bash", "COMP_WORDS": "lessonhook subscriptions r", "COMP_CWORD": "2"}
    ended = subprocess.run(
        [sys.executable, "-m", "lessonhook.console"], env=asked, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["remove", "rotate-secret"]


def test_a_locale_of_ascii_ends_no_command() -> None:
    """What can't be written there is replaced."""
    ended = subprocess.run(
        [sys.executable, "-m", "lessonhook.console", "--help"],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
