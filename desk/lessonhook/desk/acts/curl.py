"""A POST as a command for a shell: the same URL, headers and bytes, each quoted so that no shell changes it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lessonhook.desk.words.masking import MASK, masked_url
from lessonhook.worker.client import Post, prepare

if TYPE_CHECKING:
    from lessonhook.ledger import Subscription

#: The headers of the client that curl must be given; it has its own `Accept`.
_HEADERS: Final = (
    "Content-Type",
    "User-Agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "webhook-backfill",
    "Authorization",
)
#: Bytes that mean themselves in the format of `printf` within single quotes.
_AS_ITSELF: Final = frozenset(range(0x20, 0x7F)) - set(b"\\%'")
#: Proofs of the sender; a signature is valid for some minutes.
_SECRET: Final = frozenset({"Authorization", "webhook-signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CurlCommand:
    """The command, an option a line, and what is `***` in it."""

    text: str
    #: A credential, a signature or a value of the URL's query.
    secrets_masked: bool
    body_masked: bool

    def __str__(self) -> str:
        """Return the command itself."""
        return self.text


def curl_command(
    subscription: "Subscription", event_id: str, body: bytes, *, reveal: bool, show_body: bool, backfill: bool = False
) -> CurlCommand:
    """Write the command that POSTs a body. Without `reveal` each secret is `***`, without `show_body` the body is.

    A client certificate and a CA bundle are the names of files that the user must have.
    It is the POST of this moment: its signature contains the time, and receivers refuse one that is some minutes old.
    """
    post = Post(event_id=event_id, subscription=subscription, body=body, backfill=backfill)
    text = " \\\n  ".join(_parts(post, reveal=reveal, show_body=show_body))
    return CurlCommand(text=text, secrets_masked=not reveal and _has_secrets(post), body_masked=not show_body)


def _has_secrets(post: Post) -> bool:
    url = post.subscription.callback_url
    return masked_url(url) != url or not _SECRET.isdisjoint(prepare(post).headers)


def _parts(post: Post, *, reveal: bool, show_body: bool) -> Iterator[str]:
    request = prepare(post)
    url = post.subscription.callback_url
    # Verbatim: with these two options, brackets and dots in the URL mean nothing to curl.
    yield f"curl --globoff --path-as-is --request POST {shlex.quote(url if reveal else masked_url(url))}"
    if post.subscription.authorization_from_provider:
        # The function runs in workers, and its token is shown to nobody.
        yield f"--header {shlex.quote(f'Authorization: {MASK}')}"
    if post.subscription.client_certificate is not None:
        # curl reads both from files only. The key is shown to nobody, so that the file is the user's own.
        yield "--cert client-certificate.pem"
    if post.subscription.ca_bundle is not None:
        yield "--cacert ca-bundle.pem"
    for name in _HEADERS:
        value = request.headers.get(name)
        if value is not None:
            yield f"--header {shlex.quote(f'{name}: {value if reveal or name not in _SECRET else MASK}')}"
    yield f"--data-raw {_quoted(post.body) if show_body else shlex.quote(MASK)}"


def _quoted(body: bytes) -> str:
    """Quote a body for a shell. One with characters that steer a terminal is written in octal for `printf`."""
    text = body.decode()
    if all(each.isprintable() or each == "\u00a0" for each in text):
        return shlex.quote(text)
    octal = "".join(chr(byte) if byte in _AS_ITSELF else f"\\{byte:03o}" for byte in body)
    return f"\"$(printf '{octal}')\""
