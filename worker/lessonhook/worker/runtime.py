"""What all tasks of one worker process share: the ledger, the HTTP client, and whether the worker is stopping."""

import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import made_once
from lessonhook.ledger import Ledger, Policy, Vault, connect
from lessonhook.worker.client import Client
from lessonhook.worker.metrics import Metrics
from lessonhook.worker.turnstile import Turnstiles

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.worker.broker import Waiting

#: An answer of Redis takes milliseconds; after so many seconds it is frozen, and the worker goes on without it.
_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 3.0
#: Beside one for each slot: the sweep, the health check.
_SPARE_CONNECTIONS: Final = 8


class Runtime:
    """One for each application; its parts are made when they are first used, after any fork."""

    def __init__(self, app: "LessonhookCelery") -> None:
        self.app = app
        self.stopping = threading.Event()
        self.hostname = socket.gethostname()
        #: Celery's consumer while it runs, for the task events of what is delivered in place.
        self.consumer: Any = None
        #: Many subscribers fail at once: nobody is paused for what is our own fault. Set by each sweep.
        self.mass_failure = False
        #: When a task was last taken up, on the monotonic clock.
        self.last_taken = 0.0
        #: False while work waits and this worker takes none. Set by each sweep.
        self.consuming = True
        #: When the sweep last began, on the monotonic clock.
        self.last_look = time.monotonic()
        #: When Redis last answered all of one; None before that.
        self.last_swept: float | None = None
        #: What waits in each queue; None where the broker can't say. Set by each sweep.
        self.waiting: dict[str, Waiting] | None = None
        self.turnstiles = Turnstiles()
        self.metrics = Metrics()

    @made_once
    def ledger(self) -> Ledger:
        """The ledger, with a connection for each slot."""
        settings = self.app.settings
        redis = connect(
            settings.redis_url,
            timeout_seconds=_TIMEOUT_SECONDS,
            connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS,
            connections=settings.worker_slots + _SPARE_CONNECTIONS,
        )
        policy, vault = Policy.from_settings(settings), Vault.from_settings(settings)
        return Ledger(redis, policy, vault, kept_connections=settings.worker_slots)

    @made_once
    def client(self) -> Client:
        """The HTTP client; each thread keeps a session of its own in it."""
        return Client(self.app.settings)
