"""The LMS examples: a completion arrives, the LMS's own tasks go to its own broker, and wrong input is refused."""

import json
import re
import subprocess
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from lessonhook.ledger import State
from tests.examples.conftest import Program, Site
from tests.support.lms.names import queued
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.people.stored_fields import event_fields
from tests.support.rooms import ROOT
from tests.support.servers.server import Server

_LMS = {"user": {"id": 17, "name": "Ada Okafor", "email": "ada@acme.example"}, "lesson": {"id": 7, "title": "Fire"}}
_ADMIN = {"X-Role": "admin"}
_NOWHERE = "redis://127.0.0.1:1/0"


def _tasks_of(school_server: Server) -> list[str]:
    with school_server.client() as client:
        return [message["headers"]["task"] for message in queued(client, "celery")]


def test_the_script_sends_each_right_line_once(
    program: Program, house: House, school_server: Server, tmp_path: Path
) -> None:
    """Wrong lines are named and quote nothing; a second run sends nothing twice."""
    customer = house.customer()
    file = tmp_path / "completions.csv"
    file.write_text(
        "user_id,name,email,lesson_id,title,score,completed_at\n"
        "17,Ada Okafor,ada@acme.example,7,Fire Safety,92.5,2026-03-01T12:00:00+01:00\n"
        "18,Bo Lindqvist,,7,Fire Safety,,2026-03-01T12:00:00\n"
        "19,Dana Petrova,,7,Fire Safety,,2026-03-01T12:00:00Z\n"
        "20,Eve Moreau,,7,Fire Safety,n/a,2026-03-01T12:00:00Z\n",
        encoding="utf-8-sig",
    )
    first = program.run("script.py", customer.name, str(file))
    assert first.returncode == 1
    assert re.fullmatch(r"line 3: completed_at: must have a zone.*\nline 5: score: must be a number.*\n", first.stderr)
    customer.wait_for(delivered=2)
    scores = {post.json()["user"]["id"]: post.json()["score_percent"] for post in customer.posts}
    assert scores == {"17": 92.5, "19": None}
    second = program.run("script.py", customer.name, str(file))
    assert second.stdout.count("duplicate") == 2
    assert _tasks_of(school_server) == ["school.report_import"] * 2


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["-m", "flask", "--app", "examples/flask_lms.py", "run", "--port"], id="flask"),
        pytest.param(["examples/fastapi_lms.py"], id="fastapi"),
    ],
)
def test_a_web_lms_saves_the_webhook_and_sends_completions(
    program: Program, house: House, school_server: Server, port: int, command: list[str]
) -> None:
    """From the settings page to the company's endpoint."""
    customer = house.customer()
    site = program.serve(port, sys.executable, *command, str(port))
    page = f"/companies/{customer.name}/webhook"
    webhook = {"callback_url": house.receiver.url(customer.path), "authorization": "Token abc "}
    assert site.ask("PUT", page, webhook)[0] == 403
    status, body, _ = site.ask("PUT", page, {**webhook, "subscriber": "globex"}, _ADMIN)
    view = json.loads(body)
    assert (status, view["callback_url"], view["authorization_set"]) == (200, webhook["callback_url"], True)
    assert b"Token abc" not in body
    status, body, _ = site.ask("PUT", page, {"callback_url": "ftp://a", "authorization": "\n"}, _ADMIN)
    assert (status, sorted(json.loads(body)["errors"])) == (422, ["authorization", "callback_url"])

    # Another company's name in the body changes nothing.
    status, body, _ = site.ask("POST", f"/companies/{customer.name}/completions", {**_LMS, "subscriber": "globex"})
    assert (status, json.loads(body)["recorded"]) == (202, "queued")
    [post] = customer.wait_for_posts(1)
    assert (post.header("webhook-id"), post.header("authorization")) == (json.loads(body)["event_id"], "Token abc ")
    assert post.json()["lesson"] == {"id": "7", "title": "Fire", "retake_score": None}
    status, body, _ = site.ask("POST", f"/companies/{customer.name}/completions", {**_LMS, "lesson": {"id": 7}})
    assert (status, json.loads(body)) == (422, {"errors": {"lesson.title": "is required"}})
    assert _tasks_of(school_server) == ["school.mail_certificate"]


class _Browser:
    """Keeps cookies and sends forms, with Django's token in them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        """Return a page."""
        return self._ask("GET", path)

    def submit(self, page: str, to: str | None = None, **fields: Any) -> tuple[int, str]:
        """Open a page with a form and send what is filled in, to itself or to another address."""
        self.get(page)
        form = {"csrfmiddlewaretoken": self._cookies.get("csrftoken", ""), **fields}
        return self._ask("POST", to or page, urlencode(form).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, response, received = self._site.ask(method, path, body, headers)
        for cookie in received.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
        return status, response.decode()


def _set_up_django(program: Program, company: str) -> None:
    """Make the tables, a company (as the docstring does), an administrator of it and a user without the permission."""
    assert program.run("django_lms.py", "migrate", "--run-syncdb").returncode == 0
    statements = [
        "from django.contrib.auth.models import Permission, User",
        f"Company.objects.create(name={company!r})",
        "User.objects.create_user('ada', password='of this test')",
        "boss = User.objects.create_user('boss', password='of this test')",
        "boss.user_permissions.add(Permission.objects.get(codename='change_company'))",
    ]
    done = program.run("django_lms.py", "shell", "--verbosity", "0", "--command", "\n".join(statements))
    assert done.returncode == 0, done.stderr


def test_the_django_lms_does_all_with_its_transactions_and_permissions(
    program: Program, house: House, school_server: Server, port: int
) -> None:
    """A settings page for who may edit company settings, completions on commit, and a command that sends again."""
    customer = house.customer()
    _set_up_django(program, customer.name)
    site = program.serve(port, sys.executable, "examples/django_lms.py", "runserver", "--noreload", str(port))
    learner, boss = _Browser(site), _Browser(site)
    page = f"/companies/{customer.name}/webhook"
    assert learner.get(page)[0] == 302
    for name, browser in (("ada", learner), ("boss", boss)):
        assert browser.submit("/accounts/login/", username=name, password="of this test")[0] == 302
    assert learner.get(page)[0] == 403
    url = house.receiver.url(customer.path)
    status, shown = boss.submit(page, callback_url="ftp://a", authorization="")
    assert (status, "ftp://a" in shown, "must begin with http:// or https://" in shown) == (422, True, True)
    assert boss.submit(page, callback_url=url, authorization="Token abc")[0] == 302
    status, shown = boss.get(page)
    assert (status, "Token abc" in shown, url in shown) == (200, False, True)
    # The form can't show the token, and need not be given it again.
    assert boss.submit(page, callback_url=url, authorization="", keep_authorization="on")[0] == 302

    completions = f"/companies/{customer.name}/completions"
    lesson = {"user_id": "17", "user_name": "Ada Okafor", "lesson_id": "7", "title": "Fire Safety", "score": "92.50"}
    status, response = learner.submit("/accounts/login/", completions, **lesson)
    [post] = customer.wait_for_posts(1)
    assert (status, post.header("webhook-id")) == (202, json.loads(response)["event_id"])
    assert (post.json()["score_percent"], post.header("authorization")) == (92.5, "Token abc")
    assert _tasks_of(school_server) == ["school.mail_certificate"]
    status, response = learner.submit("/accounts/login/", completions, **{**lesson, "score": "101"})
    assert (status, json.loads(response)) == (422, {"errors": {"score_percent": "must be from 0 to 100"}})

    # What was refused was not written either: one completion is there to be sent again.
    customer.wait_for(delivered=1)
    again = program.run("django_lms.py", "send_completions", "--since", "2026-01-01T00:00:00+00:00")
    assert re.fullmatch(r"duplicate [0-9a-f-]{36}\n", again.stdout), again.stderr


_RECORD = """
from examples.django_lms import Completion, record
completion = Completion(company_id={company!r}, user_id="17", user_name="Ada", lesson_id={lesson!r}, title="Fire")
completion.full_clean()
print(record(completion))
"""


def test_the_django_lms_tells_the_company_although_its_own_broker_is_down(program: Program, house: House) -> None:
    """What the LMS does after a commit does not depend on its order; a lesson without a score is one, too."""
    customer = house.customer()
    _set_up_django(program, customer.name)
    program.environment |= {"PYTHONPATH": str(ROOT), "SCHOOL_BROKER_URL": _NOWHERE}
    command = [sys.executable, "-c", _RECORD.format(company=customer.name, lesson="7")]
    ran = subprocess.run(
        command, env=program.environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    [post] = customer.wait_for_posts(1)
    assert (post.header("webhook-id"), post.json()["score_percent"]) == (ran.stdout.strip(), None), ran.stderr


def test_the_django_command_goes_on_after_what_is_refused_and_says_when_redis_is_down(
    program: Program, house: House
) -> None:
    """In a line, and not by a traceback; the code is not 0."""
    customer = house.customer(numeric_ids=True)
    _set_up_django(program, customer.name)
    program.environment["PYTHONPATH"] = str(ROOT)
    lost = {**program.environment, "LESSONHOOK_REDIS_URL": _NOWHERE}
    for lesson in ("fire", "8"):
        command = [sys.executable, "-c", _RECORD.format(company=customer.name, lesson=lesson)]
        assert (
            subprocess.run(command, env=lost, capture_output=True, check=False, timeout=PATIENCE_SECONDS).returncode
            == 0
        )
    since = ["send_completions", "--since", "2026-01-01T00:00:00+00:00"]
    away = program.run("django_lms.py", *since, LESSONHOOK_REDIS_URL=_NOWHERE)
    assert (away.returncode, away.stderr.count("\n")) == (1, 1)
    assert away.stderr.startswith("CommandError: Redis did not confirm that it recorded the completion")
    sent = program.run("django_lms.py", *since)
    assert (sent.returncode, sent.stdout.split()[0]) == (1, "queued")
    assert sent.stderr.startswith("refused 1: lesson.id: must be a whole number")
    customer.wait_for(delivered=1)
    assert program.run("django_lms.py", "send_completions", "--since", "2026-01-01").returncode == 1


def test_the_outbox_keeps_a_completion_until_redis_has_it(program: Program, house: House) -> None:
    """What could not be told is told by the next relay, once; a dump is what `rebuild` reads."""
    customer = house.customer()
    lost = program.run("outbox.py", "complete", customer.name, "17", "1000", "92.5", LESSONHOOK_REDIS_URL=_NOWHERE)
    assert (lost.returncode, "Redis did not confirm that it recorded the completion" in lost.stderr) == (0, True)
    assert program.run("outbox.py", "relay", LESSONHOOK_REDIS_URL=_NOWHERE).returncode == 75
    dumped = program.run("outbox.py", "dump").stdout
    assert json.loads(dumped)["score_percent"] == 92.5
    assert program.run("outbox.py", "relay").returncode == 0
    [post] = customer.wait_for_posts(1)
    assert event_fields(house.ledger, customer.name, post.header("webhook-id"))["state"] in set(State)
    assert program.run("outbox.py", "dump").stdout == ""
    assert program.run("outbox.py", "complete", customer.name, "17", "1001", "80").returncode == 0
    _both_delivered(customer)


def test_a_refused_completion_holds_up_no_other_in_the_outbox(program: Program, house: House) -> None:
    """It is set aside with the reason, and stays in the dump until a person has seen to it."""
    customer = house.customer(numeric_ids=True)
    for lesson in ("fire", "1000"):
        program.run("outbox.py", "complete", customer.name, "17", lesson, "92.5", LESSONHOOK_REDIS_URL=_NOWHERE)
    relayed = program.run("outbox.py", "relay")
    assert (relayed.returncode, relayed.stdout) == (0, "")
    assert relayed.stderr.startswith("outbox 1: lesson.id: must be a whole number")
    [post] = customer.wait_for_posts(1)
    assert post.json()["lesson"]["id"] == 1000
    assert json.loads(program.run("outbox.py", "dump").stdout)["lesson"]["id"] == "fire"
    assert program.run("outbox.py", "reley").returncode == 1


def test_a_dumped_outbox_is_published_by_rebuild(program: Program, house: House, tmp_path: Path) -> None:
    """By an operator's hand, while the LMS's own relay does nothing; what that one sends later is known."""
    customer = house.customer()
    program.run("outbox.py", "complete", customer.name, "17", "1000", "92.5", LESSONHOOK_REDIS_URL=_NOWHERE)
    file = tmp_path / "waiting.jsonl"
    file.write_text(program.run("outbox.py", "dump").stdout)
    command = [sys.executable, "-m", "lessonhook.console", "rebuild", str(file)]
    ran = subprocess.run(
        command, env=program.environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "1 published, 0 known already")
    customer.wait_for(delivered=1)
    assert program.run("outbox.py", "relay").returncode == 0
    assert program.run("outbox.py", "dump").stdout == ""
    assert len(customer.posts) == 1


def _both_delivered(customer: Customer) -> None:
    customer.wait_for(delivered=2)
    assert [post.json()["lesson"]["id"] for post in customer.posts] == ["1000", "1001"]
