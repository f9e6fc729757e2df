"""Times, counts and URLs as the desk words them."""

from datetime import UTC, datetime, timedelta

import pytest

from lessonhook.desk.words import ago, count, masked_url, span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (10, "10s"),
        (59.9, "59s"),
        (60, "1m"),
        (3_599, "59m"),
        (3_600, "1h00"),
        (86_399, "23h59"),
        (86_400, "1d"),
        (400 * 86_400, "400d"),
    ],
)
def test_a_duration_is_written_in_at_most_six_characters(seconds: float | None, said: str) -> None:
    """The largest unit that fits, never rounded up."""
    assert span(seconds) == said
    assert len(said) <= 6


def test_a_moment_ahead_of_this_clock_is_now() -> None:
    """Redis' clock may be ahead of this machine's: nothing happened in the future."""
    assert ago(datetime.now(UTC) + timedelta(minutes=5)) == "0.0s ago"


@pytest.mark.parametrize(("number", "said"), [(0, "0 events"), (1, "1 event"), (20_000, "20,000 events")])
def test_counts_agree_with_their_noun(number: int, said: str) -> None:
    """One event, and two events."""
    assert count(number, "event") == said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://acme.example/hook", "https://acme.example/hook"),
        ("https://acme.example/hook?", "https://acme.example/hook?"),
        ("https://acme.example/?sig=a%2fb&code=x=y", "https://acme.example/?sig=***&code=***"),
        ("https://acme.example/?bare-key", "https://acme.example/?***"),
        ("https://acme.example/?a=&b=1;c=2", "https://acme.example/?a=&b=***;c=***"),
        ("https://acme.example/?a=1?b=2", "https://acme.example/?a=***"),
    ],
)
def test_the_values_of_a_query_are_hidden(url: str, shown: str) -> None:
    """A key in the query stays secret, a name in it tells what was configured."""
    assert masked_url(url) == shown
