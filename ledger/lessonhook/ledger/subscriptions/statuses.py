"""The statuses that a subscription counts as accepted although they are no 2xx.

Some receivers record a completion and respond with another status: a redirect to a page for people, a conflict for what
they have already. Without this they would get each completion three times, and their lane would be paused.
"""

import re
from typing import Final

from lessonhook.config import broken

_MOST: Final = 10
#: Characters of a written list: far more than ten statuses need, with blanks between them.
_LONGEST: Final = 200
_FIRST, _LAST = 300, 499
#: 410 says that the endpoint is gone, 429 that it wants less: the lane obeys them.
_OBEYED: Final = (410, 429)
_WRITTEN: Final = re.compile(r"[0-9]{3}(?:[ ,]+[0-9]{3})*")


def read_statuses(value: object) -> tuple[int, ...] | None:
    """Return the statuses, sorted, each once; None for none. Text (`302,409`) is a list too."""
    if value is None:
        return None
    if isinstance(value, str):
        written = value.strip()
        if len(written) > _LONGEST or (written and not _WRITTEN.fullmatch(written)):
            raise broken("must be statuses such as 302,409")
        value = [int(each) for each in re.findall("[0-9]{3}", written)]
    if not isinstance(value, list | tuple | set | frozenset):
        raise broken("must be a list of statuses")
    if len(value) > _MOST:
        raise broken("must be at most {most} statuses", most=_MOST)
    for status in value:
        if isinstance(status, bool) or not isinstance(status, int) or not _FIRST <= status <= _LAST:
            raise broken("must be statuses from {first} to {last}; 2xx count anyway", first=_FIRST, last=_LAST)
        if status in _OBEYED:
            raise broken("must not have 410 and 429: the lane obeys these")
    return tuple(sorted(set(value))) or None
