"""One rule for how hosts are compared, wherever a request's Host or a URL's host is looked at."""

import re
from ipaddress import ip_address
from typing import Final, NamedTuple

#: A host and perhaps a port, as a Host header and the authority of a URL have them. IPv6 stands in brackets.
_WITH_PORT: Final = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{0,5}))?")


class Host(NamedTuple):
    """A host in the form in which two of them are compared."""

    #: In lower case, without brackets and without the one dot that may end a name; an address in its shortest form.
    name: str
    #: None if none is named.
    port: int | None

    @property
    def is_address(self) -> bool:
        """Whether it is an address in numbers, which nobody can point elsewhere."""
        return _address(self.name) is not None

    @property
    def is_this_machine(self) -> bool:
        """Whether it means the machine itself, without a look-up."""
        try:
            return self.name == "localhost" or ip_address(self.name).is_loopback
        except ValueError:
            return False


def read_host(text: str) -> Host:
    """Read a host with or without a port; an IPv6 address without a port needs no brackets.

    `localhost.`, `LOCALHOST` and `localhost:80` have one name: a final dot says that a name is whole (RFC 1034, 3.1),
    and case means nothing (RFC 4343). A text that is no host is a name that equals no other host.
    """
    match = _WITH_PORT.fullmatch(text)
    if match is None:
        return Host(_address(text) or text.lower(), None)
    written = match["ipv6"] or match["name"].removesuffix(".")
    return Host(_address(written) or written.lower(), int(match["port"]) if match["port"] else None)


def _address(text: str) -> str | None:
    """Return an address in its shortest form; None if the text is no address in numbers."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None
