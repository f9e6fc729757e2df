"""Helps where a subscriber is not known: which server was asked, and which names are like the given one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches

from lessonhook.config import server_of
from lessonhook.console.access import open_desk_in_any_case, read_settings
from lessonhook.console.exits import Complaint
from lessonhook.desk import LedgerUnavailable, NoSubscription, UnknownSubscriber

_NAMES_SHOWN = 3


@contextmanager
def nearest_names() -> Iterator[None]:
    """Turn the desk's error about an unknown subscriber into one line that says where it was looked for."""
    try:
        yield
    except (UnknownSubscriber, NoSubscription) as error:
        server = server_of(read_settings().redis_url)
        raise Complaint(f"{error} in {server}; {_advice(error.subscriber)}") from None


def _advice(name: str) -> str:
    names: list[str] = []
    with suppress(LedgerUnavailable):
        names = open_desk_in_any_case().subscribers()
    # In any case, because that is the likeliest difference.
    by_lower = {each.casefold(): each for each in names}
    close = [by_lower[each] for each in get_close_matches(name.casefold(), by_lower, n=_NAMES_SHOWN)]
    if close and close != [name]:
        return f"did you mean {' or '.join(close)}?"
    return "`lessonhook subscriptions list` names them all"
