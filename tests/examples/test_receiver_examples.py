"""The receivers to copy: they take what the real worker sends, and nothing else, and keep the newest result once."""

import json
import shutil
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from lessonhook.producer.sample import sample_event
from tests.examples.conftest import EXAMPLES, Program, Site
from tests.support.npm import home_of
from tests.support.people.house import House
from tests.support.rooms import ROOT

AUTHORIZATION = "Token abc"
SECRET = new_signing_secret()
RECEIVERS = EXAMPLES / "receivers"
#: The one package that the JavaScript example needs.
_EXPRESS = "express@5"
#: The result of the learner and lesson of the sample: when it was completed, and the score.
Results = Callable[[], list[tuple[datetime, float | None]]]


class Receiver(NamedTuple):
    """A receiver that runs."""

    site: Site
    results: Results
    #: How many congratulations it has noted.
    congratulations: Callable[[], int]


@pytest.fixture(
    params=["flask", "fastapi", "express", "flask_with_library", "fastapi_with_library", "django_with_library"]
)
def receiver(request: pytest.FixtureRequest, program: Program, port: int, tmp_path: Path) -> Receiver:
    """Start a receiver; return it and what reads its results."""
    database = tmp_path / "results.sqlite3"
    program.environment |= {
        "WEBHOOK_AUTHORIZATION": AUTHORIZATION,
        "WEBHOOK_SECRET": SECRET,
        "RESULTS": str(database),
    }
    if request.param == "express":
        copied = str(shutil.copy(RECEIVERS / "express_receiver.mjs", home_of(_EXPRESS)))
        site = program.serve(port, str(shutil.which("node")), copied, str(port))
        return Receiver(
            site,
            lambda: [
                (datetime.fromisoformat(each["completed_at"]), each["score_percent"])
                for each in json.loads(site.ask("GET", "/results")[1])
            ],
            lambda: len(json.loads(site.ask("GET", "/congratulations")[1])),
        )
    if request.param == "django_with_library":
        migrated = program.run("receivers/django_with_library.py", "migrate", "--run-syncdb")
        assert migrated.returncode == 0, migrated.stderr
    command = {
        "flask": ["-m", "flask", "--app", str(RECEIVERS / "flask_receiver.py"), "run", "--port"],
        "fastapi": [str(RECEIVERS / "fastapi_receiver.py")],
        "flask_with_library": ["-m", "flask", "--app", str(RECEIVERS / "flask_with_library.py"), "run", "--port"],
        "fastapi_with_library": [str(RECEIVERS / "fastapi_with_library.py")],
        "django_with_library": [str(RECEIVERS / "django_with_library.py"), "runserver", "--noreload"],
    }[request.param]

    def stored() -> list[tuple[datetime, float | None]]:
        with closing(sqlite3.connect(database)) as connection:
            rows = connection.execute("SELECT completed_at, score FROM result").fetchall()
        # Django writes UTC without its offset.
        moments = [datetime.fromisoformat(completed_at) for completed_at, _ in rows]
        in_utc = [when if when.tzinfo else when.replace(tzinfo=UTC) for when in moments]
        return list(zip(in_utc, [score for _, score in rows], strict=True))

    def congratulations() -> int:
        with closing(sqlite3.connect(database)) as connection:
            return int(connection.execute("SELECT count(*) FROM congratulation").fetchone()[0])

    return Receiver(program.serve(port, sys.executable, *command, str(port)), stored, congratulations)


_HEADERS_OF_OURS = ("webhook-id", "webhook-timestamp", "webhook-signature")
SAMPLE = json.loads((ROOT / "docs" / "contract" / "sample.json").read_bytes())


def _body(completed_at: str, score: float | None) -> bytes:
    return json.dumps({**SAMPLE, "completed_at": completed_at, "score_percent": score}).encode()


def _headers(body: bytes, event_id: str, *, age_seconds: int = 0, secret: str = SECRET) -> dict[str, str]:
    timestamp = int(time.time()) - age_seconds
    return {
        "Authorization": AUTHORIZATION,
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature([secret], event_id=event_id, timestamp=timestamp, body=body),
    }


def test_it_takes_what_the_worker_sends(house: House, receiver: Receiver) -> None:
    """The real thing, signed with two secrets while one is rotated."""
    site, results, _ = receiver
    customer = house.customer(
        callback_url=site.url("/completions"),
        authorization=AUTHORIZATION,
        signing_secret=new_signing_secret(),
        previous_signing_secret=SECRET,
    )
    house.producer.send_completion.delay(sample_event(customer.name))
    customer.wait_for(delivered=1)
    assert results() == [(datetime.fromisoformat("2015-04-28T14:36:24Z"), 100.0)]


def test_it_congratulates_nobody_for_the_past(house: House, receiver: Receiver) -> None:
    """A completion of before the subscription began is stored as any other; today's is congratulated for, once."""
    site, results, congratulations = receiver
    customer = house.customer(callback_url=site.url("/completions"), authorization=AUTHORIZATION, signing_secret=SECRET)
    house.producer.send_completion.backfill([sample_event(customer.name)])
    customer.wait_for(delivered=1)
    assert (len(results()), congratulations()) == (1, 0)
    today = sample_event(customer.name).model_copy(update={"completed_at": datetime(2026, 3, 1, 12, tzinfo=UTC)})
    house.producer.send_completion.delay(today)
    customer.wait_for(delivered=2)
    assert results() == [(datetime(2026, 3, 1, 12, tzinfo=UTC), 100.0)]
    assert congratulations() == 1


def test_it_refuses_who_is_not_us(receiver: Receiver) -> None:
    """Another Authorization, another secret, other bytes, an old recording: 401, and nothing is kept."""
    site, results, _ = receiver
    body = _body("2026-03-01T12:00:00Z", 50.0)
    genuine = _headers(body, "1")
    forgeries = [
        genuine | {"Authorization": "Token abd"},
        {name: value for name, value in genuine.items() if name != "Authorization"},
        _headers(body, "1", secret=new_signing_secret()),
        _headers(body + b" ", "1"),
        _headers(body, "1", age_seconds=600),
        genuine | {"webhook-id": "2"},
        genuine | {"webhook-signature": "v1,\xe9"},
        genuine | {"Content-Type": "text/plain", "Authorization": ""},
    ]
    assert [site.ask("POST", "/completions", body, forged)[0] for forged in forgeries] == [401] * len(forgeries)
    # FastAPI refuses the form of these before anything looks at them.
    unsigned = [{name: value for name, value in genuine.items() if name != left_out} for left_out in _HEADERS_OF_OURS]
    for forged in [genuine | {"webhook-timestamp": "now"}, *unsigned]:
        assert site.ask("POST", "/completions", body, forged)[0] in {401, 422}
    # Nothing at all, as a scanner sends it.
    assert site.ask("POST", "/completions")[0] in {401, 422}
    assert results() == []
    assert site.ask("POST", "/completions", body, genuine)[0] == 204


def test_it_accepts_the_sample_and_keeps_nothing_of_it(receiver: Receiver) -> None:
    """Its learner is made up, and would get a result."""
    site, results, _ = receiver
    body = _body("2026-03-01T12:00:00Z", 50.0)
    assert site.ask("POST", "/completions", body, _headers(body, f"test-{uuid.uuid4()}"))[0] == 204
    assert results() == []


def test_it_drops_repeats_and_keeps_the_newest(receiver: Receiver) -> None:
    """The same webhook-id counts once; an older completion that comes late changes nothing."""
    site, results, _ = receiver
    first, retake, again = (
        _body("2026-03-01T12:00:00Z", 50.0),
        _body("2026-03-02T12:00:00Z", None),
        _body("2026-03-03T12:00:00Z", 75.0),
    )
    for body, event_id in ((retake, "retake"), (first, "first"), (again, "retake")):
        assert site.ask("POST", "/completions", body, _headers(body, event_id))[0] == 204
    assert results() == [(datetime.fromisoformat("2026-03-02T12:00:00Z"), None)]
