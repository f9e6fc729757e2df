"""The worker's own HTTP port: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever restarts workers.

`/healthz` asks whether this worker takes what waits; it tolerates an outage of Redis, which no restart mends.
`/readyz` asks whether it can work now: Redis answered the last sweep.
"""

import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from celery import bootsteps
from prometheus_client import make_wsgi_app

from lessonhook.worker.ledger_metrics import LedgerMetrics

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

#: Sweeps that may be missed before the worker counts as not ready.
_SWEEPS_MISSED: Final = 3
#: The loop of the sweep itself stands still for longer than this: the process is stuck. Above any tolerated outage.
_STUCK_SECONDS: Final = 300.0

_Answer = tuple[bool, str]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no access log."""


class HealthServer:
    """Serves one worker's metrics and health on all addresses of `port`, until it is stopped."""

    def __init__(self, runtime: "Runtime", port: int) -> None:
        self._runtime = runtime
        self._ledger_metrics = LedgerMetrics(runtime)
        runtime.metrics.registry.register(self._ledger_metrics)
        self._metrics = make_wsgi_app(runtime.metrics.registry)
        self._server = make_server("", port, self._answer, server_class=_Server, handler_class=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, name="lessonhook-health", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.server_port

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._runtime.metrics.registry.unregister(self._ledger_metrics)

    def healthy(self) -> _Answer:
        """Answer whether this worker is alive and takes what waits."""
        silent = time.monotonic() - self._runtime.last_look
        if silent > _STUCK_SECONDS:
            return False, f"the sweep has stood still for {silent:.0f} s"
        return (True, "consuming") if self._runtime.consuming else (False, "work waits, and this worker takes none")

    def ready(self) -> _Answer:
        """Answer whether this worker can work now."""
        limit = _SWEEPS_MISSED * self._runtime.app.settings.sweep_interval_seconds
        silent = time.monotonic() - self._runtime.last_swept
        if silent > limit:
            return False, "Redis did not answer the last sweeps"
        return True, "ready"

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            return self._metrics(environ, start_response)  # type: ignore[no-any-return]  # typed loosely by its maker
        checks = {"/healthz": self.healthy, "/readyz": self.ready}
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics, /healthz or /readyz\n"]
        well, why = checks[path]()
        start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [f"{why}\n".encode()]


class HealthServerStep(bootsteps.StartStopStep):
    """Runs the server in a worker, if a port is set."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._server: HealthServer | None = None

    def start(self, worker: Any) -> None:
        """Begin to answer."""
        runtime: Runtime = worker.app.runtime
        if runtime.app.settings.metrics_port:
            self._server = HealthServer(runtime, runtime.app.settings.metrics_port)
            self._server.start()

    def stop(self, worker: Any) -> None:
        """End with the worker."""
        del worker
        if self._server:
            self._server.stop()
