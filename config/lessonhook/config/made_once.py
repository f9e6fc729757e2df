"""A property that is made when it is first asked for, once, whoever asks at that moment."""

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    made_once = cached_property
else:

    class made_once(cached_property):  # noqa: N801 - a decorator, as its base
        """`functools.cached_property` with the lock that it lost in Python 3.12.

        Without, each of a worker's threads that take the first tasks would make a client of its own, and all but one
        of them would be lost with its connections open.
        """

        def __init__(self, make: Any) -> None:
            super().__init__(make)
            self._making = RLock()

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            """Answer what was made; asked only until then, since what is made hides this."""
            with self._making:
                return super().__get__(instance, owner)
