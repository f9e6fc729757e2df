"""`.delay()` inside a running task of the LMS's own: its processes publish, and nothing of the task goes along."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from lessonhook.config import COMPLETIONS, Settings
from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer, Subscription
from tests.support.environment import environment_of
from tests.support.lms.names import queued
from tests.support.processes.child import Process
from tests.support.servers.server import Server

_SUBSCRIBERS = [f"acme-{number}" for number in range(30)]
_QUEUE = f"lessonhook:broker:{COMPLETIONS}"


@pytest.fixture
def school_worker(settings: Settings, school_server: Server, tmp_path: Path) -> Iterator[Process]:
    """Yield an LMS's worker with two processes, forked after the LMS has published by itself."""
    application = ["-A", "tests.support.lms.school_warm"]
    worker = Process(
        "the school's worker",
        [sys.executable, "-m", "celery", *application, "worker", "--pool", "prefork", "--concurrency", "2"],
        {"SCHOOL_BROKER_URL": school_server.url, **environment_of(settings)},
        tmp_path / "school.log",
    )
    worker.start()
    yield worker
    worker.terminate()
    worker.wait()
    print(worker.logs())  # noqa: T201  # it is the report of a failed test


@pytest.mark.usefixtures("school_worker")
def test_a_completion_inherits_nothing_from_the_task_that_published_it(
    producer: Producer, server: Server, school_server: Server
) -> None:
    """No parent, root, group, priority, stamp, header or expiry: its message is the one that is sent anywhere else."""
    for subscriber in _SUBSCRIBERS:
        producer.subscriptions.put(Subscription(subscriber=subscriber, callback_url="https://acme.example.com/hook"))
    with Celery("caller", broker=school_server.url, set_as_current=False) as caller:
        for subscriber in _SUBSCRIBERS:
            caller.send_task(
                "school.complete",
                (subscriber,),
                priority=7,
                expires=3_600,
                headers={"tenant": "marked"},
                stamped_headers=["stamp"],
                stamp="marked",
            )
    with server.client() as client:
        wait_until(
            lambda: client.llen(_QUEUE) == len(_SUBSCRIBERS) + 1,
            60,
            lambda: f"messages; there are {client.llen(_QUEUE)}",
        )
        messages = queued(client, _QUEUE)
    assert "marked" not in json.dumps(messages)
    [plain] = {_inherited(message) for message in messages}
    assert json.loads(plain) == {
        "parent": None,
        "root is itself": True,
        "group": None,
        "expires": None,
        "priority": 0,
        "reply": "",
        "headers": sorted(messages[0]["headers"]),
    }


def _inherited(message: dict[str, Any]) -> str:
    headers, properties = message["headers"], message["properties"]
    return json.dumps(
        {
            "parent": headers["parent_id"],
            "root is itself": headers["root_id"] == headers["id"],
            "group": headers["group"],
            "expires": headers["expires"],
            "priority": properties["priority"],
            "reply": properties["reply_to"],
            "headers": sorted(headers),
        }
    )
