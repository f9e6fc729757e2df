"""Which ports the demo's server and `lessonhook run` listen on."""

import socket

from lessonhook.console.processes import LOOPBACK, free_port, is_free

#: Where Linux begins to give clients ports of their own; others begin later.
_CLIENTS_FROM = 32_768


def test_a_free_port_is_none_that_a_client_may_be_given() -> None:
    """Between the choice and the start of a server, any client of the machine could get one of those."""
    assert all(free_port() < _CLIENTS_FROM for _ in range(50))


def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    """It is free again when that one has gone."""
    port = free_port()
    with socket.socket() as listener:
        listener.bind((LOOPBACK, port))
        listener.listen()
        assert not is_free(port)
    assert is_free(port)
