"""The URL of a mail server: what is refused before a worker starts, and never with the password in the words."""

import pytest

from lessonhook.config import InvalidSettings, read_settings


def _read(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    monkeypatch.setenv("LESSONHOOK_NOTICE_SMTP_URL", url)
    read = read_settings().notice_smtp_url
    assert read is not None
    return read.get_secret_value()


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example",
        "smtp+starttls://hooks:p%40ss@mail.example:587",
        "smtps://hooks:p%40ss@mail.example",
        "smtp://hooks:password@localhost:1025",
        "smtp://hooks:password@127.0.0.1:1025",
        "smtp://hooks:password@[::1]:1025",
    ],
)
def test_a_mail_server_is_named_by_a_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With TLS and a login, or without both; on this machine a password needs no TLS."""
    assert _read(monkeypatch, url) == url


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("smtp://hooks:marked-secret@mail.example", "sends the password in the clear"),
        ("smtp://hooks:marked-secret@10.0.0.7:25", "sends the password in the clear"),
        ("https://hooks:marked-secret@mail.example", "must be such as"),
        ("smtps://hooks:marked-secret@", "must be such as"),
        ("smtps://hooks:marked-secret@mail.example:70000", "must be such as"),
        ("smtps://hooks:marked-secret@[", "must be such as"),
    ],
)
def test_a_url_that_would_tell_the_password_or_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str, rule: str
) -> None:
    """The words have the rule and not the password."""
    with pytest.raises(InvalidSettings, match="LESSONHOOK_NOTICE_SMTP_URL") as refused:
        _read(monkeypatch, url)
    assert rule in str(refused.value)
    assert "marked-secret" not in str(refused.value)
