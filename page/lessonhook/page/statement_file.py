"""A signed statement of a day or a month, as a file that the viewer of the page downloads."""

import json
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lessonhook.page.exchange import PageResponse

if TYPE_CHECKING:
    from lessonhook.desk import SubscriberDesk


#: Completions that one file may be about: some five seconds of a web process. The operator can write a larger one.
MOST: Final = 50_000


def statement_file(desk: "SubscriberDesk", query: Mapping[str, str]) -> PageResponse | HTTPStatus:
    """Return the statement of the day (`day=2026-11-27`) or the month (`month=2026-11`), in UTC.

    Return NOT_FOUND if it is neither, and FORBIDDEN if it would be about more than `MOST` completions. Raises
    `NoSubscription`, `NoSigningSecret` and `InvalidSelection`.
    """
    day, month = query.get("day", ""), query.get("month", "")
    try:
        first = date.fromisoformat(day or f"{month}-01")
    except ValueError:
        return HTTPStatus.NOT_FOUND
    last = first if day else first.replace(day=monthrange(first.year, first.month)[1])
    if sum(counts.recorded for counts in desk.days(first, last).values()) > MOST:
        return HTTPStatus.FORBIDDEN
    signed = desk.statements.signed(first, last)
    return PageResponse(
        content_type="application/json",
        body=json.dumps(signed.document(), indent=2) + "\n",
        headers={"Content-Disposition": f'attachment; filename="statement-{day or month}.json"'},
    )
