"""A property whose value is made at its first use, and only once even if several threads use it at that moment."""

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    made_once = cached_property
else:

    class made_once(cached_property):  # noqa: N801 - a decorator, as its base
        """`functools.cached_property` with the lock that it lost in Python 3.12.

        Without the lock, each thread that takes one of the first tasks would make a client of its own, and all but one
        of those clients would be lost with their connections open.
        """

        def __init__(self, make: Any) -> None:
            super().__init__(make)
            self._making = RLock()

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            """Make the value and return it. It then hides this descriptor, so later uses do not come here."""
            with self._making:
                return super().__get__(instance, owner)
