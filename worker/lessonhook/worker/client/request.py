"""A POST as it is asked for, and the request that it becomes: what the subscription says, byte for byte."""

import importlib.metadata
import time
from dataclasses import dataclass, field
from typing import Final

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from lessonhook.ledger.subscription import Subscription
from lessonhook.worker.client.signing import signature

USER_AGENT: Final = f"lessonhook/{importlib.metadata.version('lessonhook')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One attempt to make."""

    #: Printable ASCII, as the event contract has it.
    event_id: str
    subscription: Subscription
    #: Sent as it is.
    body: bytes = field(repr=False)
    #: For the whole exchange; None: the operator's setting.
    deadline_seconds: float | None = None
    #: For an endpoint that is to continue our trace; "": not sent.
    traceparent: str = ""


def prepare(post: Post) -> PreparedRequest:
    """Answer the request for a POST.

    The fields are set and not passed through `PreparedRequest.prepare`, which would encode the URL anew, read a
    netrc file, and turn a user in the URL into an Authorization of its own.
    """
    subscription = post.subscription
    timestamp = int(time.time())
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    headers["User-Agent"] = USER_AGENT
    headers["Accept"] = "*/*"
    # Nothing of an answer is worth unpacking; an endpoint that packs it nevertheless is read all the same.
    headers["Accept-Encoding"] = "identity"
    headers["Content-Type"] = "application/json"
    headers["webhook-id"] = post.event_id
    headers["webhook-timestamp"] = str(timestamp)
    if post.traceparent:
        headers["traceparent"] = post.traceparent
    if secrets := subscription.signing_secrets:
        headers["webhook-signature"] = signature(secrets, event_id=post.event_id, timestamp=timestamp, body=post.body)
    if subscription.authorization is not None:
        headers["Authorization"] = subscription.authorization.get_secret_value()
    request = PreparedRequest()
    request.method = "POST"
    request.url = subscription.callback_url
    request.headers = headers
    request.body = post.body
    return request
