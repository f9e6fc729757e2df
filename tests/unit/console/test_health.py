"""What a container's health check says of a host's workers."""

from datetime import UTC, datetime

import pytest

from lessonhook.console.commands.health import judge
from lessonhook.console.exits import Complaint
from lessonhook.ledger import Heartbeat


def beat(hostname: str, seconds_ago: float, *, consuming: bool = True) -> Heartbeat:
    """Return a sign of life."""
    return Heartbeat(hostname=hostname, at=datetime.now(UTC), seconds_ago=seconds_ago, consuming=consuming)


def test_the_freshest_worker_that_works_speaks_for_the_host() -> None:
    """One is enough; a late one and a deaf one beside it do not matter."""
    beats = [beat("a@host", 90), beat("b@host", 3), beat("c@host", 5), beat("d@host", 1, consuming=False)]
    assert judge(beats, "*@host", 60).hostname == "b@host"


@pytest.mark.parametrize(
    ("beats", "why"),
    [
        ([], "no worker *@host is there: it has ended, or never began"),
        ([beat("a@host", 90), beat("b@host", 75)], "b@host gave its last sign of life 1m ago, over 60s"),
        ([beat("a@host", 3, consuming=False), beat("b@host", 90)], "a@host is there but takes nothing"),
    ],
)
def test_a_host_without_a_working_worker_is_not_healthy(beats: list[Heartbeat], why: str) -> None:
    """And the line says whether it is missing, late or deaf."""
    with pytest.raises(Complaint) as raised:
        judge(beats, "*@host", 60)
    assert why in str(raised.value)
