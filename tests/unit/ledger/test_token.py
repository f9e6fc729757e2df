"""What an LMS's function may return as a token, and what a subscription that is sent one may have."""

from datetime import UTC, datetime

import pytest

from lessonhook.config import InvalidSettings, read_settings
from lessonhook.producer import InvalidSubscription, Subscription, Token


def test_a_token_shows_nothing_of_itself() -> None:
    """It stands in the LMS's own errors too."""
    token = Token("Bearer MARK", datetime.now(UTC))
    assert "MARK" not in repr(token) + str(token)


@pytest.mark.parametrize("value", ["", "  ", "Bearer a\nb", " Bearer a", "Bearer €", None, b"Bearer a"])
def test_a_value_that_no_header_can_carry_is_refused(value: object) -> None:
    """By the rules of a saved Authorization value; nothing of it is quoted."""
    with pytest.raises(ValueError, match=r"^value: ") as refused:
        Token(value)  # type: ignore[arg-type]  # what a careless function gives
    assert "Bearer" not in str(refused.value)


@pytest.mark.parametrize("ends", [datetime(2026, 1, 1), "2026-01-01", 17])  # noqa: DTZ001 - it is to be refused
def test_an_end_without_a_zone_is_refused(ends: object) -> None:
    """Nobody knows which hour it means."""
    with pytest.raises(ValueError, match="expires_at: must be a datetime with its zone, or None"):
        Token("Bearer a", ends)  # type: ignore[arg-type]  # what a careless function gives


def test_a_subscription_has_a_provider_or_a_value_of_its_own() -> None:
    """With both, nobody would know which one is sent."""
    with pytest.raises(InvalidSubscription) as refused:
        Subscription(
            subscriber="acme",
            callback_url="https://acme.example/",
            authorization="Token abc",
            authorization_from_provider=True,
        )
    assert refused.value.problems == {
        "authorization": "must be left out: authorization_from_provider has a function provide it"
    }


@pytest.mark.parametrize("name", ["lms.tokens", "lms.tokens:", ":provide", "lms tokens:provide", ""])
def test_a_provider_is_named_as_a_module_and_a_function(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is said before a worker starts."""
    monkeypatch.setenv("LESSONHOOK_AUTHORIZATION_PROVIDER", name)
    with pytest.raises(InvalidSettings, match=r"must name a function as module:function, such as lms\.tokens:provide"):
        read_settings()
