"""`lessonhook settings` shows what is in force and where it comes from, and nothing secret."""

import json

import pytest

from lessonhook.console.cli import run

SECRETS = {
    "LESSONHOOK_REDIS_URL": "redis://user:marked-one@web-1:6380/3",
    "LESSONHOOK_BROKER_URL": "amqp://user:marked-two@broker//",
    "LESSONHOOK_PROXY_URL": "http://user:marked-three@proxy:3128",
    "LESSONHOOK_OPERATOR_WEBHOOK_URL": "https://chat.example/marked-four",
    "LESSONHOOK_ENCRYPTION_KEYS": '["marked-five", "marked-six"]',
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what may not be shown, and one ordinary setting."""
    for name, value in {**SECRETS, "LESSONHOOK_RETRY_DELAY_SECONDS": "5"}.items():
        monkeypatch.setenv(name, value)


def test_the_value_in_force_and_its_source_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Not only the default, which a person may read in the documentation."""
    assert run(["settings"]) == 0
    shown = capsys.readouterr().out
    assert "ledger: Redis at web-1:6380 (database 3)" in shown
    assert "broker: the amqp broker" in shown
    assert "LESSONHOOK_RETRY_DELAY_SECONDS = 5  (environment; default 300)" in shown
    assert "LESSONHOOK_ATTEMPTS = 3  (default)" in shown
    assert "marked" not in shown


def test_scripts_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what the environment sets, on request."""
    assert run(["settings", "--set", "--json"]) == 0
    written = capsys.readouterr().out
    listed = {each["variable"]: each for each in json.loads(written)["settings"]}
    assert set(listed) == {*SECRETS, "LESSONHOOK_RETRY_DELAY_SECONDS"}
    assert listed["LESSONHOOK_RETRY_DELAY_SECONDS"]["value"] == "5"
    assert {each["source"] for each in listed.values()} == {"environment"}
    assert listed["LESSONHOOK_ENCRYPTION_KEYS"]["value"] == "2 keys, not shown"
    assert "marked" not in written


def test_a_wrong_setting_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rule that it breaks; the exit code is that of wrong usage."""
    monkeypatch.setenv("LESSONHOOK_ATTEMPTS", "none")
    assert run(["settings"]) == 2
    assert "LESSONHOOK_ATTEMPTS: must" in capsys.readouterr().err
