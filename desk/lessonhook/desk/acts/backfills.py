"""A subscriber's completions of the past: how far they are, stopped, and going on again."""

from typing import TYPE_CHECKING

from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.backfill import Backfill
from lessonhook.desk.views.known import known_lane

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources


@redis_errors_named
class Backfills:
    """The completions of one subscriber that `send_completion.backfill` recorded. `by` is the person, for the audit."""

    def __init__(self, resources: "Resources", subscriber: str) -> None:
        self._resources = resources
        self._subscriber = subscriber

    def state(self) -> Backfill:
        """Return how many there are and how far they are. Raises `UnknownSubscriber`."""
        return Backfill.of(known_lane(self._resources.ledger, self._subscriber), self._resources.settings)

    def stop(self, *, by: str) -> Backfill:
        """Send nothing of the past until `resume`, and return the state from before. Live events go on.

        A POST that is in flight still ends.
        """
        return self._set(stopped=True, by=by)

    def resume(self, *, by: str) -> Backfill:
        """Let the past go on after `stop`, and return the state from before. A pause of the subscriber stays."""
        return self._set(stopped=False, by=by)

    def _set(self, *, stopped: bool, by: str) -> Backfill:
        before = self.state()
        step = self._resources.ledger.set_backfill(self._subscriber, stopped=stopped, by=by)
        self._resources.publish(step)
        return before
