"""When a customer gets which notice: the rules alone, without a server."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lessonhook.ledger import LaneStatus, NoticeLanguage
from lessonhook.ledger.views.status import Pause
from lessonhook.worker.notices import CustomerNotice, NoticeTopic
from lessonhook.worker.notices.notice_state import NoticeState
from lessonhook.worker.notices.notice_text import Facts, texts_of
from lessonhook.worker.notices.rules import Rules, counted, decide, is_forgettable

DAY = 86_400.0
RULES = Rules(failing_after=360, back_after=120, expiring_before=3 * DAY, retention=30 * DAY, per_day=6)
WELL = LaneStatus(
    subscriber="acme",
    subscribed=True,
    paused=None,
    window=1,
    in_flight=0,
    queued=0,
    retrying=0,
    held=0,
    refused=0,
    delivered=1,
    expired=0,
    erased=0,
    recorded=1,
    oldest_undelivered_seconds=None,
    oldest_undelivered=None,
    failures_in_a_row=0,
    last_outcome="accepted: 200",
    last_attempt=None,
    waiting_until=None,
)
FAILING = replace(WELL, failures_in_a_row=1, retrying=1, last_outcome="status: 503: a name")
_PAUSE = Pause(since=datetime(2026, 5, 3, tzinfo=UTC), why="attempts used up: status: 503")
PAUSED = replace(FAILING, paused=_PAUSE, held=37)
OPERATOR = replace(FAILING, paused=replace(_PAUSE, why="an operator", by="grace"))


def notices_of(*seen: tuple[float, LaneStatus]) -> list[tuple[float, NoticeTopic]]:
    """Return when which notice is made of a lane that was seen so, one after the other."""
    state, topics = NoticeState(), []
    for now, lane in seen:
        state, facts = decide(RULES, state, lane, now)
        if facts is not None:
            topics.append((now, facts.topic))
    return topics


def test_each_change_makes_one_notice() -> None:
    """A failure only when it lasts, and the end only when it lasts."""
    seen = [(1000, FAILING), (1300, FAILING), (1360, FAILING), (1500, FAILING), (1600, PAUSED), (1700, PAUSED)]
    seen += [(1800, WELL), (1850, WELL), (1920, WELL), (3000, WELL)]
    assert notices_of(*seen) == [(1360, "failing"), (1600, "paused"), (1920, "back")]


def test_a_short_failure_makes_no_notice() -> None:
    """Neither when it begins nor when it ends."""
    assert notices_of((1000, FAILING), (1300, WELL), (1420, WELL), (5000, WELL)) == []


def test_an_endpoint_that_comes_and_goes_makes_one_notice() -> None:
    """It was never well for long enough."""
    flapping = [(1000.0 + 100 * number, FAILING if number % 2 else PAUSED) for number in range(50)]
    flapping += [(6000.0 + 100 * number, WELL if number % 2 else PAUSED) for number in range(50)]
    assert notices_of(*flapping) == [(1000, "paused")]


def test_the_pause_of_an_operator_makes_no_notice() -> None:
    """The LMS set it, and knows why."""
    assert notices_of((1000, OPERATOR), (9000, OPERATOR)) == []


def test_what_expires_soon_makes_one_notice() -> None:
    """With the time, until nothing waits any more."""
    soon = replace(PAUSED, oldest_undelivered_seconds=27.5 * DAY)
    state, _ = decide(RULES, NoticeState(), PAUSED, 1000)
    state, facts = decide(RULES, state, soon, 2000)
    assert facts is not None
    assert (facts.topic, facts.until) == ("expiring", 2000 + 2.5 * DAY)
    assert decide(RULES, state, soon, 3000)[1] is None


def test_a_day_has_a_limit() -> None:
    """The next day begins at 0."""
    state: NoticeState | None = NoticeState()
    for _ in range(RULES.per_day):
        assert state is not None
        state = counted(RULES, state, 10 * DAY)
    assert state is not None
    assert counted(RULES, state, 10 * DAY + 5) is None
    assert counted(RULES, state, 11 * DAY) is not None
    assert not is_forgettable(state, 10 * DAY + 5)
    assert is_forgettable(state, 11 * DAY)


def test_a_state_is_read_as_it_was_written() -> None:
    """Also by a release that does not know a field."""
    pending = Facts(topic=NoticeTopic.BACK, since=1.5, count=3)
    state = NoticeState(trouble_since=1.0, topic=NoticeTopic.PAUSED, sent=2, day=3, pending=pending)
    assert NoticeState.read(state.write().encode()) == state
    assert NoticeState.read(state.write().replace("{", '{"newer":1,', 1).encode()) == state


def test_what_a_newer_release_wrote_is_read_without_its_new_fields() -> None:
    """Of the state and of its notice: after a step back to this release, no customer's notices may stop."""
    pending = Facts(topic=NoticeTopic.PAUSED, since=1.5)
    newer = json.loads(NoticeState(trouble_since=1.0, pending=pending).write())
    newer["added"] = newer["pending"]["added"] = 7
    assert NoticeState.read(json.dumps(newer).encode()) == NoticeState(trouble_since=1.0, pending=pending)
    newer["topic"] = newer["pending"]["topic"] = "of a newer release"
    assert NoticeState.read(json.dumps(newer).encode()) == NoticeState(trouble_since=1.0)


def test_nothing_of_a_response_is_in_a_notice() -> None:
    """The status is, and the word for how it ended."""
    _, facts = decide(RULES, NoticeState(), PAUSED, 1000)
    assert facts is not None
    assert facts.seen == "status 503"


@pytest.mark.parametrize("language", NoticeLanguage)
@pytest.mark.parametrize("topic", NoticeTopic)
def test_each_notice_is_written_in_each_language(language: NoticeLanguage, topic: NoticeTopic) -> None:
    """With its facts, and no other texts than English has."""
    facts = Facts(topic=topic, since=0, count=41, until=DAY, seen="status 503")
    notice = CustomerNotice.write("acme", facts, (), str(language), "https://lms.example/?a=1&b=2")
    assert texts_of(language).keys() == texts_of("en").keys()
    assert notice.subject
    assert "{" not in notice.text
    assert ("41" in notice.text) == (topic is not NoticeTopic.FAILING)
    assert ("1970-01-02 00:00 UTC" in notice.text) == (topic is NoticeTopic.EXPIRING)
    assert "503" in notice.text
    assert "status 503" not in notice.text
    assert 'href="https://lms.example/?a=1&amp;b=2"' in notice.html
    assert ('dir="rtl"' in notice.html) == (language is NoticeLanguage.AR)


def test_the_languages_have_a_text_each() -> None:
    """English is not taken in place of one that is missing."""
    english = texts_of("en")
    for language in set(NoticeLanguage) - {NoticeLanguage.EN}:
        texts = texts_of(language)
        same = [name for name, text in texts.items() if text == english[name]]
        same += [name for name, text in texts["reasons"].items() if text == english["reasons"][name]]
        assert same == []
