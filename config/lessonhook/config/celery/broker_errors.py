"""What the client of a broker raises when the broker fails, whichever broker it is."""

from typing import Final

from kombu.exceptions import ChannelError, ConnectionError, LimitExceeded, OperationalError  # noqa: A004  # AMQP's own
from redis.exceptions import RedisError

#: kombu turns most of them into its `OperationalError`, but not one that closes an AMQP channel alone, such as for a
#: queue that somebody declared in another way, nor what comes from a channel that was closed meanwhile.
BROKER_ERRORS: Final = (OperationalError, LimitExceeded, ConnectionError, ChannelError, RedisError, OSError)
