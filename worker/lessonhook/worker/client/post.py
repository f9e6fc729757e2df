"""One POST, and the request that is made from it: exactly what the subscription says, byte for byte."""

import time
from dataclasses import dataclass, field

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from lessonhook.config import USER_AGENT
from lessonhook.ledger.subscriptions import Subscription, signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One attempt that is to be made."""

    #: Printable ASCII, as the event contract has it.
    event_id: str
    subscription: Subscription
    #: Sent unchanged.
    body: bytes = field(repr=False)
    #: For the whole exchange. None: the operator's setting.
    deadline_seconds: float | None = None
    #: The header of that name, so that the endpoint can continue our trace. "": not sent.
    traceparent: str = ""
    #: It tells the past; a header says so.
    backfill: bool = False
    #: It is the signed statement of this month, as 2026-10, and no completion; a header says so. "": a completion.
    statement_month: str = ""


def prepare(post: Post) -> PreparedRequest:
    """Return the request of a POST.

    The fields are set directly, because `PreparedRequest.prepare` would encode the URL again, read a netrc file, and
    make an Authorization of its own from a user in the URL.
    """
    subscription = post.subscription
    timestamp = int(time.time())
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    headers["User-Agent"] = USER_AGENT
    headers["Accept"] = "*/*"
    # A response is not worth decompressing. One that is compressed nevertheless is read all the same.
    headers["Accept-Encoding"] = "identity"
    headers["Content-Type"] = "application/json"
    headers["webhook-id"] = post.event_id
    headers["webhook-timestamp"] = str(timestamp)
    if post.backfill:
        headers["webhook-backfill"] = "true"
    if post.statement_month:
        headers["webhook-statement"] = post.statement_month
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
