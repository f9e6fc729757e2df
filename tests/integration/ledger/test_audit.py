"""Who did what to a subscriber is kept: one entry for each act of a person, written with the act itself."""

from lessonhook.ledger import Act, AuditEntry, Ledger, Subscription
from lessonhook.ledger.transitions.acts import person
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, GONE, Company, outcome

_DAY_MS = 86_400_000
_KEPT = 500


def acts(company: Company) -> list[tuple[str, str]]:
    """Return each act and its person, the oldest first."""
    return [(entry.act, entry.by) for entry in reversed(company.ledger.audit.of(company.name, at_most=_KEPT))]


def newest(company: Company) -> AuditEntry:
    """Return the newest entry."""
    return company.ledger.audit.of(company.name, at_most=1)[0]


def put(ledger: Ledger, by: str, authorization: str | None = None) -> None:
    """Save the company's subscription."""
    saved = Subscription(subscriber="acme", callback_url="http://x.example/", authorization=authorization)
    ledger.subscriptions.put(saved, by=by)


def test_each_act_has_its_entry(company: Company) -> None:
    """Saving, pausing, resuming, replaying, erasing and removing, in their order."""
    ledger = company.ledger
    put(ledger, "ada")
    ledger.pause("acme", by="ben")
    company.record("event")
    ledger.resume("acme", by="cleo")
    ledger.replayed("acme", "event", outcome(ACCEPTED), by="dan")
    ledger.erase("acme", "event", by="eve")
    assert ledger.subscriptions.remove("acme", by="fay")
    kept = acts(company)
    assert kept[-6:] == [
        (Act.PUT, "ada"),
        (Act.PAUSE, "ben"),
        (Act.RESUME, "cleo"),
        (Act.REPLAY, "dan"),
        (Act.ERASE, "eve"),
        (Act.REMOVE, "fay"),
    ]


def test_an_act_that_changes_nothing_has_none(company: Company) -> None:
    """Pausing what is paused, resuming what is not, removing what is gone, erasing what is unknown."""
    ledger = company.ledger
    ledger.pause("acme", by="ada")
    ledger.resume("acme", by="ada")
    before = acts(company)
    ledger.resume("acme", by="ben")
    ledger.erase("acme", "unknown", by="ben")
    ledger.pause("acme", by="ada")
    ledger.pause("acme", by="ben")
    assert acts(company) == [*before, (Act.PAUSE, "ada")]
    assert ledger.lanes.status("acme").paused.by == "ada"  # type: ignore[union-attr]
    ledger.subscriptions.remove("nobody", by="ben")
    assert ledger.audit.of("nobody", at_most=1) == []


def test_what_the_machine_does_has_none(company: Company) -> None:
    """A pause for used-up attempts and a fresh event's resume are no person's acts, and the pause names nobody."""
    before = acts(company)
    company.record("event")
    company.post(GONE)
    paused = company.ledger.lanes.status("acme").paused
    assert paused is not None
    assert paused.by == ""
    company.record("fresh")
    assert acts(company) == before


def test_the_entry_of_a_subscription_says_what_changed(company: Company) -> None:
    """That it is new, or that its URL or a credential is another; never a value."""
    ledger = company.ledger
    ledger.subscriptions.remove("acme", by="ada")
    put(ledger, "ada")
    assert newest(company).detail == "new"
    put(ledger, "ada")
    assert newest(company).detail == ""
    put(ledger, "ada", authorization="Token marked")
    assert newest(company).detail == "another URL or credential"
    saved = ledger.subscriptions.get("acme")
    assert saved is not None
    ledger.subscriptions.put(saved, by="ben", act=Act.CHANGE, changed="max_in_flight")
    assert (newest(company).act, newest(company).detail) == (Act.CHANGE, "max_in_flight")
    stored = str(ledger.redis.lrange(key("audit", "acme"), 0, -1))
    assert "marked" not in stored
    assert "x.example" not in stored


def test_a_replay_of_many_events_is_one_entry(company: Company) -> None:
    """So that it pushes nothing else out; the last event stands for them."""
    ledger = company.ledger
    for number in range(5):
        company.record(f"event-{number}")
        ledger.replayed("acme", f"event-{number}", outcome(GONE), by="ada")
        ledger.clock_ahead_ms += 1_000
    entry = newest(company)
    assert (entry.act, entry.times, entry.event_id) == (Act.REPLAY, 5, "event-4")
    assert round((entry.at - entry.since).total_seconds()) == 4
    ledger.replayed("acme", "event-0", outcome(GONE), by="ben")
    assert (newest(company).by, newest(company).times) == ("ben", 1)


def test_the_same_act_days_later_is_another_entry(company: Company) -> None:
    """Each has its own time."""
    ledger = company.ledger
    put(ledger, "ada")
    ledger.clock_ahead_ms += 2 * _DAY_MS
    put(ledger, "ada")
    assert newest(company).times == 1
    assert newest(company).at == newest(company).since


def test_the_trail_is_bounded_and_ends(company: Company) -> None:
    """The last 500 entries, and 400 days after the last one."""
    ledger = company.ledger
    for number in range(_KEPT + 20):
        put(ledger, f"person {number}")
    kept = ledger.audit.of("acme", at_most=2 * _KEPT)
    assert len(kept) == _KEPT
    assert (kept[0].by, kept[-1].by) == (f"person {_KEPT + 19}", "person 20")
    assert 0 < ledger.redis.pttl(key("audit", "acme")) <= 400 * _DAY_MS


def test_a_removed_subscriber_keeps_its_trail(company: Company) -> None:
    """Who removed it is what people ask afterwards."""
    company.ledger.subscriptions.remove("acme", by="ada")
    company.ledger.pause("other", by="ben")
    assert company.ledger.audit.subscribers() == ["acme", "other"]
    latest = company.ledger.audit.latest(at_most=2)
    assert [(entry.subscriber, entry.by) for entry in latest] == [("other", "ben"), ("acme", "ada")]
    assert newest(company).act == Act.REMOVE


def test_an_erased_event_names_who_erased_it(company: Company) -> None:
    """Whether it was delivered or waited; a second erasure changes nothing of it."""
    company.record("delivered")
    company.post(ACCEPTED)
    company.record("waiting")
    for event_id in ("delivered", "waiting"):
        company.ledger.erase("acme", event_id, by="ada")
        view = company.ledger.events.get("acme", event_id)
        assert view is not None
        assert view.erased_by == "ada"
    company.ledger.erase("acme", "waiting", by="ben")
    assert company.ledger.events.get("acme", "waiting").erased_by == "ada"  # type: ignore[union-attr]


def test_a_damaged_entry_stops_no_act(company: Company) -> None:
    """A pause must work whatever stands in the trail."""
    company.ledger.redis.rpush(key("audit", "acme"), "nonsense", "1 {nonsense", "1 5", '1 {"act":"pause"}')
    company.ledger.pause("acme", by="ada")
    assert newest(company).act == Act.PAUSE


def test_a_name_is_one_short_printable_line() -> None:
    """It is shown at terminals: no control, C1 or bidi character passes, and no lone surrogate stops the act."""
    assert person("Ada Ünal") == "Ada Ünal"
    assert person("a\x1b[2J\n\u202e\x9b\ud800b") == "a?[2J????b"
    assert len(person("x" * 10_000)) == 128
