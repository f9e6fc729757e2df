"""What Celery puts together at the first use of an application, made safe for threads that come at one moment.

The first thread that uses Celery's promise of a task removes what the task is made from, under the others' hands:
their `.delay()` raises AttributeError. The first one that reads the configuration shows the others Celery's defaults
before ours are there, so that they may publish into another queue's key. (celery 5.7.0)
"""

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.local import PromiseProxy


class _Promise(PromiseProxy):
    """A task that is made at its first use. Celery's own promise removes what makes it."""

    __slots__ = ()

    def __evaluate__(self, _clean: tuple[str, ...] = ()) -> Any:
        """Make the task, and keep what makes it: another thread may be on its way there."""
        return super().__evaluate__(())


class OnceCelery(Celery):
    """An application that one thread puts together, and others wait for it.

    The lock is that of Celery's own `finalize`, because a second one could be taken in the other order.
    """

    _is_configured = False

    @property
    def conf(self) -> Any:
        """The configuration, whole from the first use on."""
        if not self._is_configured:
            with self._finalize_mutex:
                if not self.configured:
                    # Any key loads it.
                    super().conf["broker_url"]
                    self._is_configured = True
        return super().conf

    @conf.setter
    def conf(self, conf: Any) -> None:
        self._conf = conf

    def promised_task(self, function: Callable[..., Any], **options: Any) -> Any:
        """Return what `task` returns for a function: a task that is made at its first use, here by one thread."""

        def make() -> Any:
            with self._finalize_mutex:
                return self._task_from_fun(function, **options)

        promise = _Promise(make, __doc__=function.__doc__)
        self._pending.append(promise)
        return promise
