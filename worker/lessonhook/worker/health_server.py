"""The worker's own HTTP port: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever starts and stops workers.

A port that is taken stops no delivery: it is said in the log, and tried again until it is free, since it mostly belongs
to the worker before this one, which is still ending.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from prometheus_client import make_wsgi_app

from lessonhook.worker.health import Health
from lessonhook.worker.ledger_metrics import LedgerMetrics
from lessonhook.worker.worker_metrics import WorkerMetrics

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Between two tries to have the port.
_AGAIN_SECONDS: Final = 2.0
#: How long a stop waits for the server to notice.
_NOTICE_SECONDS: Final = 0.2
#: A client that connects and says nothing is let go after so long.
_PATIENCE_SECONDS: Final = 10


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    timeout = _NOTICE_SECONDS

    def __init__(self, address: str, port: int) -> None:
        everywhere = not address and socket.has_dualstack_ipv6()
        self.address_family = socket.AF_INET6 if everywhere or ":" in address else socket.AF_INET
        super().__init__((address, port), _Quiet)

    def server_bind(self) -> None:
        """Listen, by IPv4 too where by IPv6.

        No name is looked up for the address, as the base class would: that hangs where name resolution is dead, which
        is when the metrics are needed.
        """
        if self.address_family is socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = map(str, self.server_address[:2])  # type: ignore[assignment]
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    timeout = _PATIENCE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no access log."""


class HealthServer:
    """Serves one worker's metrics and health on `port` of `address` ("": all of them) until it is stopped."""

    def __init__(self, runtime: "Runtime", address: str, port: int) -> None:
        self._where = address, port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-health", daemon=True)
        self._health = Health(runtime)
        self._ledger_metrics = LedgerMetrics(runtime, self._health)
        runtime.metrics.registry.register(WorkerMetrics(runtime, self._health))
        runtime.metrics.registry.register(self._ledger_metrics)
        self._metrics = make_wsgi_app(runtime.metrics.registry)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, free the port and leave the ledger's figures to another worker."""
        self._stop.set()
        self._thread.join(_PATIENCE_SECONDS)
        self._ledger_metrics.step_down()

    def _run(self) -> None:
        server = self._listen()
        if server is None:
            return
        with server:
            server.set_app(self._answer)
            while not self._stop.is_set():
                server.handle_request()

    def _listen(self) -> _Server | None:
        said = False
        while not self._stop.is_set():
            try:
                server = _Server(*self._where)
            except OSError as error:
                if not said:
                    _log.error(
                        "metrics.not_served",
                        port=self._where[1],
                        error=error.strerror,
                        then="deliveries go on; the port is tried again until it is free",
                    )
                said = True
                self._stop.wait(_AGAIN_SECONDS)
            else:
                _log.info("metrics.served", port=self._where[1])
                return server
        return None

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            return self._metrics(environ, start_response)  # type: ignore[no-any-return]  # typed loosely by its maker
        checks = {"/healthz": self._health.healthy, "/readyz": self._health.ready}
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics, /healthz or /readyz\n"]
        well, why = checks[path]()
        start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [f"{why}\n".encode()]
