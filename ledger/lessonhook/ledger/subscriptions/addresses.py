"""The e-mail addresses of a subscription's people, who are told when the endpoint fails."""

import re
from typing import Final

from lessonhook.config import broken

_MOST: Final = 10
#: RFC 5321, section 4.5.3.1.3, without the angle brackets.
_LONGEST: Final = 254
#: What any mail server can take as an address: one line, so that it adds no header to a mail, and a domain of labels.
_ADDRESS: Final = re.compile(r"[^\s@,;:<>\"()\[\]\\،、\x00-\x1f\x7f]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
#: What people write between two addresses, the commas of Arabic and Japanese too.
_BETWEEN: Final = re.compile(r"[\s,;،、]+")


def read_addresses(value: object) -> tuple[str, ...] | None:
    """Return the addresses, each once; None for none. Text (`a@b.example,c@b.example`) is a list too."""
    if value is None:
        return None
    if isinstance(value, str):
        value = [part for part in _BETWEEN.split(value) if part]
    if not isinstance(value, list | tuple | set | frozenset):
        raise broken("must be a list of e-mail addresses")
    if len(value) > _MOST:
        raise broken("must be at most {most} addresses", most=_MOST)
    for address in value:
        if not isinstance(address, str) or len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
            raise broken("must be e-mail addresses such as ada@acme.example")
        # An address is shown on terminals and pages: no control character, none that turns the direction of writing.
        if not address.isprintable():
            raise broken("must be e-mail addresses without invisible characters")
    return tuple(dict.fromkeys(value)) or None
