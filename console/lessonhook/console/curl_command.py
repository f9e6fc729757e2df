"""A POST as a command for a shell: the same URL, headers and bytes, each quoted so that no shell changes it."""

import shlex
from collections.abc import Iterator
from typing import Final

from lessonhook.console.masking import MASK, masked_url
from lessonhook.worker.client.request import Post, prepare

#: Of the headers that the client sends, those that curl needs to be told; it has its own `Accept`.
_HEADERS: Final = (
    "Content-Type",
    "User-Agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "Authorization",
)
#: Proofs of who sends; a signature holds for some minutes.
_SECRET: Final = frozenset({"Authorization", "webhook-signature"})


def curl_command(post: Post, *, reveal: bool, show_body: bool) -> str:
    """Write the command, an option a line. Without `reveal` each secret is three stars, without `show_body` the body.

    It is the POST of this moment: a signature has the time in it, and receivers refuse one that is some minutes old.
    """
    return " \\\n  ".join(_parts(post, reveal=reveal, show_body=show_body))


def has_secrets(post: Post) -> bool:
    """Whether there is anything that `reveal` would show: in its headers or in its URL."""
    url = post.subscription.callback_url
    return masked_url(url) != url or not _SECRET.isdisjoint(prepare(post).headers)


def _parts(post: Post, *, reveal: bool, show_body: bool) -> Iterator[str]:
    request = prepare(post)
    url = post.subscription.callback_url
    # Verbatim: neither brackets nor dots in the URL mean anything to curl then.
    yield f"curl --globoff --path-as-is --request POST {shlex.quote(url if reveal else masked_url(url))}"
    for name in _HEADERS:
        value = request.headers.get(name)
        if value is not None:
            yield f"--header {shlex.quote(f'{name}: {value if reveal or name not in _SECRET else MASK}')}"
    yield f"--data-raw {shlex.quote(post.body.decode() if show_body else MASK)}"
