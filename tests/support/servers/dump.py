"""Everything that a server holds, as bytes, to be searched for what must not be there."""

from collections.abc import Iterator
from typing import Any

from tests.support.servers.server import DATABASES, Server


def everything_in(server: Server) -> bytes:
    """Return all keys and values of all databases, joined by line ends."""
    found: list[bytes] = []
    for database in range(DATABASES):
        with server.client(database) as client:
            # Redis names them in another order after its table of keys has grown.
            for key in sorted(map(bytes, client.scan_iter(count=1_000))):
                found += [key, *_values(client, key)]
    return b"\n".join(found)


def _values(client: Any, key: bytes) -> Iterator[bytes]:
    kind = client.type(key)
    if kind == b"string":
        yield client.get(key) or b""
    elif kind == b"hash":
        for field, value in client.hgetall(key).items():
            yield from (field, value)
    elif kind == b"list":
        yield from client.lrange(key, 0, -1)
    elif kind == b"set":
        yield from client.smembers(key)
    elif kind == b"zset":
        yield from client.zrange(key, 0, -1)
