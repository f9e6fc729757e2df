"""The worker's own HTTP port: `/metrics` for Prometheus, `/healthz` and `/readyz` for a supervisor.

A port that is in use stops no delivery. The worker logs it, and tries again until the port is free, because mostly the
previous worker, which is still ending, has it.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog
from prometheus_client import make_wsgi_app

from lessonhook.worker.monitoring.ledger_metrics import LedgerMetrics
from lessonhook.worker.monitoring.metrics_port import CONNECTION_SECONDS, MetricsPort
from lessonhook.worker.monitoring.worker_metrics import WorkerMetrics

if TYPE_CHECKING:
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Time between two tries to bind the port.
_AGAIN_SECONDS: Final = 2.0


class HealthServer:
    """Serves one worker's metrics and health on `port` of `address` ("": all of them) until it is stopped."""

    def __init__(self, runtime: "Runtime", address: str, port: int) -> None:
        self._where = address, port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-health", daemon=True)
        self._vitals = runtime.vitals
        self._ledger_metrics = LedgerMetrics(runtime)
        runtime.metrics.registry.register(WorkerMetrics(runtime))
        runtime.metrics.registry.register(self._ledger_metrics)
        self._metrics = make_wsgi_app(runtime.metrics.registry)

    def start(self) -> None:
        """Start to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop to serve, free the port and leave the ledger's figures to another worker."""
        self._stop.set()
        self._thread.join(CONNECTION_SECONDS)
        self._ledger_metrics.step_down()

    def _run(self) -> None:
        server = self._listen()
        if server is None:
            return
        with server:
            server.set_app(self._respond)
            while not self._stop.is_set():
                server.handle_request()

    def _listen(self) -> MetricsPort | None:
        logged = False
        while not self._stop.is_set():
            try:
                server = MetricsPort(*self._where)
            except OSError as error:
                if not logged:
                    _log.error(
                        "metrics.not_served",
                        port=self._where[1],
                        error=error.strerror,
                        then="deliveries go on; the port is tried again until it is free",
                    )
                logged = True
                self._stop.wait(_AGAIN_SECONDS)
            else:
                _log.info("metrics.served", port=self._where[1])
                return server
        return None

    def _respond(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            return self._metrics(environ, start_response)  # type: ignore[no-any-return]  # typed loosely by its maker
        checks = {"/healthz": self._vitals.healthy, "/readyz": self._vitals.ready}
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics, /healthz or /readyz\n"]
        verdict = checks[path](time.monotonic())
        start_response("200 OK" if verdict.passed else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [f"{verdict.reason}\n".encode()]
