"""The Valkey server of one run: empty at its start, gone at its end, and what it says of itself."""

from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from bench.process import Process
from lessonhook.console.processes import free_port, server_command, server_url, wait_until

_START_SECONDS: Final = 20.0


class Server(Process):
    """A server that writes nothing to disk, so that no row waits for one."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self.url = server_url(port)
        super().__init__("server", server_command(port, directory, append_only=False), {}, directory)
        self.client = Redis.from_url(self.url)
        wait_until(self._replies, _START_SECONDS, "the server")

    def __exit__(self, *_: object) -> None:
        self.client.close()
        super().__exit__()

    @property
    def version(self) -> str:
        """Its name and version."""
        info = self._info("server")
        return f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"

    def memory_bytes_used(self) -> int:
        """Return what its data take."""
        return int(self._info("memory")["used_memory"])

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used so far."""
        info = self._info("cpu")
        return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])

    def script_seconds(self) -> tuple[int, float]:
        """Return how many transitions it ran since its statistics were reset, and how long they took in all."""
        stats = self._info("commandstats").get("cmdstat_fcall", {"calls": 0, "usec": 0})
        return int(stats["calls"]), float(stats["usec"]) / 1e6

    def reset_statistics(self) -> None:
        """Count commands from here on."""
        self.client.config_resetstat()

    def _info(self, section: str) -> dict[str, Any]:
        info: Any = self.client.info(section)
        return dict(info)

    def _replies(self) -> bool:
        self.check()
        try:
            return bool(self.client.ping())
        except RedisError:
            return False
