"""Inside an LMS that has a Celery application and a broker of its own, the producer changes nothing."""

import pytest

from tests.integration.producer.conftest import RunProgram
from tests.support.lms.names import SUBSCRIBER, queued
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.server import Server


@pytest.mark.parametrize("environment", [{}, {"SCHOOL_FIRST": "1"}], ids=["before its application", "after it"])
def test_an_import_changes_nothing_and_opens_nothing(run_program: RunProgram, environment: dict[str, str]) -> None:
    """No application, log, thread, signal, limit or path is another one, and no connection was opened."""
    facts = run_program("importing", **environment)
    assert facts == {"changed": {}, "opened": [], "loaded": []}


_SCHOOL = "SCHOOL_BROKER_URL"


@pytest.mark.parametrize(
    "environment",
    [
        {"SCHOOL_SETTINGS": '{"broker_pool_limit": 2}'},
        {
            "CELERY_BROKER_URL": _SCHOOL,
            "CELERY_BROKER_READ_URL": _SCHOOL,
            "CELERY_BROKER_WRITE_URL": _SCHOOL,
            "CELERY_RESULT_BACKEND": _SCHOOL,
        },
        {"CELERY_LOADER": "default", "CELERY_CONFIG_MODULE": "tests.support.lms.celeryconfig"},
    ],
    ids=["settings in code", "URLs in the environment", "a configuration module"],
)
def test_each_publishes_to_its_own_broker(
    run_program: RunProgram, server: Server, school_server: Server, environment: dict[str, str]
) -> None:
    """Whatever the LMS's environment says: its tasks go to its broker, our completions to ours, and no more."""
    facts = run_program(
        "publishing", **{name: school_server.url if value == _SCHOOL else value for name, value in environment.items()}
    )
    assert facts["changed"] == {}
    assert facts["current app is the school's"]
    assert facts["the shared task is the school's"]
    with school_server.client() as client:
        # One before ours, two after: of its own and shared.
        assert len(queued(client, "celery")) == 3
        assert not list(client.scan_iter("lessonhook*"))
    assert _waiting(server) == [facts["event"]]
    with server.client() as client:
        assert set(client.scan_iter()) == set(client.scan_iter("lessonhook:*"))


def test_an_eager_lms_does_not_swallow_our_completions(
    run_program: RunProgram, server: Server, school_server: Server
) -> None:
    """`task_always_eager`, which LMSs set for their tests, runs its own tasks in place and publishes ours."""
    facts = run_program("publishing", SCHOOL_SETTINGS='{"task_always_eager": true}')
    with school_server.client() as client:
        assert client.dbsize() == 0
    assert _waiting(server) == [facts["event"]]


def test_under_django_the_fix_up_is_the_lms_applications_alone(
    run_program: RunProgram, server: Server, school_server: Server
) -> None:
    """With Django's settings and fix-up, and our producer imported first, the LMS's application is the default one."""
    pytest.importorskip("django")
    facts = run_program("django_publishing", DJANGO_SETTINGS_MODULE="tests.support.lms.django_settings")
    assert facts["current app is the school's"]
    assert (facts["default app"], facts["the school has the fix-up"], facts["ours has the fix-up"]) == ("school", 1, 0)
    with school_server.client() as client:
        assert [message["headers"]["task"] for message in queued(client, "celery")] == ["school.report"]
    assert _waiting(server) == [facts["event"]]


def _waiting(server: Server) -> list[str]:
    broker = BrokerView(server)
    try:
        return [message.event_id for message in broker.messages(SUBSCRIBER)]
    finally:
        broker.close()
