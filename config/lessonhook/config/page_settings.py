"""The settings of the customer's page: their types, rules and descriptions. `Settings` has their defaults."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from lessonhook.config.rules_in_words import broken


def _web_address(url: str | None) -> str | None:
    """Return an address of a web page with a path; refuse what a browser would not open."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or parts.fragment:
        raise broken("must be a whole address, such as https://lms.example/webhook/")
    return url if parts.path else f"{url}/"


def _mount(url: str) -> str:
    """Return an address that ends with a slash, so that a page's name can follow it."""
    return f"{url.rstrip('/')}/"


PageUrl = Annotated[
    str,
    AfterValidator(_web_address),
    AfterValidator(_mount),
    Field(description="The address at which browsers reach `lessonhook page`: links to the page begin with it."),
]
PageHomeUrl = Annotated[
    str | None,
    AfterValidator(_web_address),
    Field(
        description="The page of the LMS that is offered to a person whose link has ended. Default: only words say so."
    ),
]
PageKey = Annotated[
    SecretStr | None,
    Field(
        min_length=32,
        description="The secret that signs the links of `lessonhook page`, at least 32 characters: the `key` of the "
        "LMS's own `SettingsPage`, if that makes links too.",
    ),
]
EgressAddresses = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    Field(
        description="The addresses and networks that the workers' POSTs come from, as a JSON list: "
        '`["203.0.113.7", "198.51.100.0/24"]`. Customers read them on the page, for their firewalls. Default: nothing '
        "is said."
    ),
]
