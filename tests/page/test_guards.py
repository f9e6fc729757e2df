"""What an attacker tries, each in every mounting: forged forms, other companies' ids, frames, scripts, floods."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest

from lessonhook.desk import Desk
from lessonhook.ledger import POSTS_A_MINUTE
from lessonhook.page import Viewer
from tests.page.conftest import MOUNTINGS
from tests.page.visitor import Visitor
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

Visit = Callable[..., Visitor]
ACTS = ("save", "try", "send", "resume", "secret")


def _unchanged(desk: Desk) -> tuple[str, int]:
    return desk.of("acme").subscription().model_dump_json(), len(desk.of("acme").audit())


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.usefixtures("customer")
def test_a_form_without_its_token_changes_nothing(
    mounting: str, act: str, visit: Visit, ada: Viewer, desk: Desk
) -> None:
    """No token, a made-up one, and that of another viewer, even of the same company."""
    before = _unchanged(desk)
    visitor = visit(ada, mounting)
    framework = {name: value for name, value in visitor.hidden().items() if name != "lessonhook_token"}
    eve = visit(replace(ada, name="eve@acme.example"), mounting).hidden()["lessonhook_token"]
    stranger = visit(replace(ada, subscriber="other"), mounting).hidden()["lessonhook_token"]
    visitor = visit(ada, mounting)
    for token in ("", "made.up", eve, stranger):
        framework = {name: value for name, value in visitor.hidden().items() if name != "lessonhook_token"}
        forged = visitor.post(act, {**framework, "lessonhook_token": token}, callback_url="https://evil.example/")
        assert forged.status_code == HTTPStatus.CONFLICT, token
    assert _unchanged(desk) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.parametrize(
    "header", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.usefixtures("customer")
def test_a_form_that_another_site_sends_changes_nothing(
    mounting: str, header: dict[str, str], visit: Visit, ada: Viewer, desk: Desk
) -> None:
    """Although it has a true token, which leaked."""
    before = _unchanged(desk)
    visitor = visit(ada, mounting)
    sent = visitor.client.post("/webhook/secret", data=visitor.hidden(), headers=header)
    assert sent.status_code in {HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN}
    assert _unchanged(desk) == before


@pytest.mark.usefixtures("customer")
def test_django_s_own_token_is_required_as_well(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """The project's middleware may be off: the page checks it all the same."""
    before = _unchanged(desk)
    visitor = visit(ada, "django")
    ours = {"lessonhook_token": visitor.hidden()["lessonhook_token"]}
    assert visitor.post("secret", ours).status_code == HTTPStatus.FORBIDDEN
    assert _unchanged(desk) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.usefixtures("customer")
def test_who_may_only_look_does_nothing(mounting: str, act: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """Neither by a form, which is not shown, nor by one that was made by hand with a true token."""
    before = _unchanged(desk)
    tokens = visit(ada, mounting).hidden()
    watcher = visit(replace(ada, may_edit=False), mounting)
    assert "<button" not in watcher.get().text.partition("lh-settings")[2]
    framework = {name: value for name, value in tokens.items() if name == "lessonhook_token"}
    refused = watcher.post(act, framework, callback_url="https://evil.example/")
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert _unchanged(desk) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_an_id_opens_nothing_of_another_company(
    mounting: str, visit: Visit, ada: Viewer, *, other: Customer, stored: Stored, desk: Desk
) -> None:
    """Not an event, not its payload, not the result of a try, not by search, not by sending it again."""
    stored.delivered("17")
    theirs = other.publish("their-learner")
    errand = desk.of("other").ask_for_sample(by="bob").errand_id
    visitor = visit(ada, mounting)
    for path, query in (("event", {"id": theirs}), ("result", {"id": errand})):
        missing = visitor.get(path, query_string=query)
        assert missing.status_code == HTTPStatus.NOT_FOUND
        assert theirs not in missing.text
    for sought in (theirs, theirs[:8], "their-learner"):
        assert "Nothing was found." in visitor.get(query_string={"q": sought}).text
    assert visitor.post("send", id=theirs).status_code == HTTPStatus.NOT_FOUND
    for name in ("subscriber", "company"):
        assert "their-learner" not in visitor.get(query_string={name: "other"}).text
        visitor.client.post("/webhook/secret", data={**visitor.hidden(), name: "other"})
    assert not desk.of("other").subscription().signing_secret_set


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_the_headers_let_nothing_in(mounting: str, visit: Visit, ada: Viewer) -> None:
    """No frame, no cache, no script but the page's own; Django's project decides what its own frame loads."""
    response = visit(ada, mounting).get()
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if mounting != "django":
        assert policy.startswith("default-src 'none'")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "onclick" not in response.text
    assert "<style" not in response.text
    assert 'style="' not in response.text


@pytest.mark.usefixtures("customer")
def test_what_is_written_is_shown_as_text(visit: Visit, ada: Viewer) -> None:
    """In the form, in the search, in a name of the query."""
    mark = '"><script>alert(1)</script>'
    visitor = visit(ada)
    assert "<script>alert" not in visitor.get(query_string={"q": mark, "day": mark, "state": mark}).text
    assert "<script>alert" not in visitor.post("save", callback_url=mark, max_per_second=mark).text


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_no_request_leads_to_another_site(mounting: str, visit: Visit, ada: Viewer) -> None:
    """Each redirect stays under the mounting, whatever the query, the form or the host says."""
    visitor = visit(ada, mounting)
    for name in ("next", "url", "return_to"):
        response = visitor.client.post("/webhook/resume", data={**visitor.hidden(), name: "https://evil.example/"})
        assert response.headers["Location"].startswith("/webhook/")


@pytest.mark.usefixtures("customer")
def test_a_button_that_is_pressed_on_and_on_is_stopped(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """The tries of one minute are counted over all viewers of a company."""
    for _ in range(POSTS_A_MINUTE):
        desk.of("acme").ask_for_sample(by="bob")
    response = visit(ada).post("try")
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Wait a minute." in response.text


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_a_huge_form_and_an_odd_one_do_nothing(mounting: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """Neither is read to its end, and neither is an error 500."""
    before = _unchanged(desk)
    visitor = visit(ada, mounting)
    huge = visitor.client.post("/webhook/secret", data={**visitor.hidden(), "x": "a" * 200_000})
    odd = visitor.client.post("/webhook/secret", data=b"\xff\xfe", content_type="text/plain")
    for response in (huge, odd):
        assert HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or mounting == "django"
    if mounting != "django":
        assert _unchanged(desk) == before
