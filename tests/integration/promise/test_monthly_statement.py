"""The statement of a month comes by itself, from real workers, to a company that asks for it."""

import time
from datetime import UTC, datetime, timedelta

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Act, AuditEntry, new_signing_secret
from lessonhook.receiver import is_statement, receive, receive_statement
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import Post
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.processes.worker_ahead import AHEAD_MS

_SECRET = new_signing_secret()


def _until_next_month() -> tuple[str, int]:
    """Return this month, and the milliseconds until the third hour of the next one."""
    now = datetime.now(UTC)
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=3, minute=0, second=0, microsecond=0)
    return f"{now:%Y-%m}", round((first.timestamp() - time.time()) * 1000)


def _acts(house: House, customer: Customer) -> list[AuditEntry]:
    return [each for each in house.ledger.audit.of(customer.name, at_most=100) if each.act == Act.STATEMENT]


def _month_of(post: Post) -> str:
    return post.header("webhook-statement") or ""


def test_two_workers_post_each_companys_statement_once(own_house: OpenHouse) -> None:
    """It is signed and has what was delivered; the audit says that it was accepted; who does not ask gets none."""
    # By the workers' clock what is delivered now lies weeks back.
    with own_house(sweep_interval_seconds=0.05, retention_days=90, delivered_retention_days=90) as house:
        asking = house.customer(monthly_statement=True, signing_secret=_SECRET)
        other = house.customer(signing_secret=_SECRET)
        month, ahead_ms = _until_next_month()
        here = {
            "LESSONHOOK_WORKER_IMPORTS": '["tests.support.processes.worker_ahead"]',
            AHEAD_MS: str(ahead_ms),
        }
        published = [asking.publish(), asking.publish()]
        other.publish()
        workers = [house.workers.start(env=here) for _ in range(2)]
        for customer, delivered in ((asking, 2), (other, 1)):
            customer.wait_for(delivered=delivered)
        wait_until(lambda: _acts(house, asking), PATIENCE_SECONDS, "the statement")
        # A worker that ends completes the look that it has begun.
        for worker in workers:
            worker.terminate()
            worker.wait()
        assert [_month_of(post) for post in asking.posts if is_statement(dict(post.headers))] == [month]
        assert not [post for post in other.posts if is_statement(dict(post.headers))]
        for post in asking.posts:
            headers = dict(post.headers)
            if is_statement(headers):
                stated = receive_statement(headers, post.body, _SECRET)
                assert set(published) <= set(stated.ids or ())
            else:
                assert receive(headers, post.body, _SECRET).webhook_id in published
        [act] = _acts(house, asking)
        assert (act.by, act.detail) == ("a worker", f"{month}: accepted at try 1")
