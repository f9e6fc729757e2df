"""A response as it was read from the wire."""

from dataclasses import dataclass
from http.client import HTTPMessage

from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True, slots=True)
class RawResponse:
    """The status decides. The body is kept up to the limit, and is decompressed no further than to that limit."""

    status: int
    phrase: str
    headers: HTTPMessage | CaseInsensitiveDict[str]
    beginning: bytes
    #: It was read to its end and nothing follows, so the connection may be used again.
    reusable: bool
