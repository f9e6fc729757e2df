"""What all tasks of one worker process share: the ledger, the HTTP client, the counters, the vital signs."""

import resource
import socket
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import made_once
from lessonhook.ledger import Ledger, LoopTransitions
from lessonhook.worker.client import Client
from lessonhook.worker.event_loop import Helpers, LoopThread, LowerQueue
from lessonhook.worker.runtime.attempt_metrics import Metrics
from lessonhook.worker.runtime.deferred import Deferred
from lessonhook.worker.runtime.key_watch import KeyWatch
from lessonhook.worker.runtime.last_taken import LastTaken
from lessonhook.worker.runtime.slots import Slots
from lessonhook.worker.runtime.stop_flag import StopFlag
from lessonhook.worker.runtime.vitals import Vitals

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery

#: Redis replies within milliseconds. After this many seconds it is frozen, and the worker continues without a reply.
_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 3.0
#: For the helpers, the sweep and the health check; turns share one of their own.
_CONNECTIONS: Final = 16

#: POSTs that wait at once for slow endpoints, each with a socket. `Slots` lets half of them begin where the endpoint
#: may be slow, and has the other half for those of quick endpoints that become slow all at once.
_ASIDE_LIMIT: Final = 10_000
#: The least, however few files this process may have: a slow endpoint is still posted to.
_FEWEST_ASIDE: Final = 16
#: Files that are left for everything else: connections to Redis, kept connections, logs.
_FILES_LEFT: Final = 1_024


class Runtime:
    """One for each application. Its parts are made at their first use, after any fork."""

    def __init__(self, app: "LessonhookCelery") -> None:
        self.app = app
        #: Set as soon as the worker is told to stop.
        self.stopping = StopFlag()
        self.metrics = Metrics()
        self.last_taken = LastTaken()
        self.deferred = Deferred()
        #: The worker's name in Flower, in the attempt log and among the heartbeats. Celery sets it at the start.
        self.hostname = socket.gethostname()
        #: Celery's consumer while it runs. Task events of events that are delivered in place are sent by it.
        self.consumer: Any = None
        #: Empty before the first turn.
        self._transitions: list[LoopTransitions] = []

    @made_once
    def vitals(self) -> Vitals:
        """The vital signs of this process."""
        return Vitals(self.app.settings, self.stopping, self.loop.seconds_since_beat)

    @made_once
    def key_watch(self) -> KeyWatch:
        """The watch for keys that this worker lacks."""
        return KeyWatch(lambda: self.ledger, self.hostname, self.app.settings.alive_within_seconds)

    @made_once
    def loop(self) -> LoopThread:
        """The event loop that all turns and POSTs run on."""
        return LoopThread()

    @made_once
    def helpers(self) -> Helpers:
        """Threads for what would block the loop."""
        return Helpers()

    @made_once
    def lower_queue(self) -> LowerQueue:
        """Where whatever is not a fresh event's acceptance waits for its turn."""
        return LowerQueue(self.loop.loop)

    @made_once
    def slots(self) -> Slots:
        """Which POSTs keep a slot, and which wait aside."""
        return Slots(lambda: getattr(self.consumer, "qos", None), self._slot_count, _aside_limit())

    def _slot_count(self) -> int:
        """Return how many slots this worker has: those of Celery's option, if it was given."""
        pool = getattr(self.consumer, "pool", None)
        return self.app.settings.worker_slots if pool is None else int(pool.num_processes)

    @made_once
    def ledger(self) -> Ledger:
        """The ledger for threads: the helpers, the sweep, the health check."""
        return Ledger.connect(
            self.app.settings,
            timeout_seconds=_TIMEOUT_SECONDS,
            connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS,
            connections=_CONNECTIONS,
        )

    async def transitions(self) -> LoopTransitions:
        """Return the ledger's transitions for the loop. May raise RedisError: a Cluster's client connects at once."""
        if self._transitions:
            return self._transitions[0]
        ledger = await self.helpers.run(lambda: self.ledger)
        if not self._transitions:
            self._transitions.append(ledger.on_loop(timeout_seconds=_TIMEOUT_SECONDS))
        return self._transitions[0]

    @made_once
    def client(self) -> Client:
        """The HTTP client that all turns share."""
        return Client(self.app.settings, self.loop, on_repeat=self.metrics.repeated)

    def close(self) -> None:
        """Close what is open, when no turn runs any more."""
        for transitions in self._transitions:
            self.loop.run(transitions.close())
        self.client.close()
        self.helpers.close()
        self.loop.close()


def _aside_limit() -> int:
    """Allow this process all the files that it may have, and return how many POSTs may wait aside."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ASIDE_LIMIT + _FILES_LEFT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return _ASIDE_LIMIT
    return max(_FEWEST_ASIDE, min(_ASIDE_LIMIT, soft - _FILES_LEFT))
