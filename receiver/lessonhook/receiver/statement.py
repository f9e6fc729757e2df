"""A signed statement of the LMS over some days: how many completions there were, and a hash over their ids.

It is a JSON document with the three values of a POST's headers and the statement as text in `body`, so any library of
Standard Webhooks can check it. A hash is SHA-256, in hex, over the ids sorted by their bytes, each followed by one line
end (LF): `LC_ALL=C sort -u ids.txt | sha256sum` makes the same of a file.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lessonhook.receiver.bare_errors import bare_errors
from lessonhook.receiver.errors import InvalidBody, InvalidStatement
from lessonhook.receiver.signature import TOLERANCE_SECONDS, Headers, verify

#: The state of a completion that the receiver's endpoint accepted, or that was fetched and acknowledged.
ACCEPTED: Final = "delivered"
_ENVELOPE: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


def ids_sha256(ids: Iterable[str]) -> str:
    """Return the hash of a statement over these ids, in any order; one that comes twice counts once."""
    digest = hashlib.sha256()
    for event_id in sorted({each.encode() for each in ids}):
        digest.update(event_id + b"\n")
    return digest.hexdigest()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Ids(_Part):
    """How many ids there are, and the hash over them."""

    count: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class DayOfStatement(_Part):
    """The counts of one day (UTC). A completion may be recorded on one day and accepted on another."""

    day: date
    recorded: int = Field(ge=0)
    accepted: int = Field(ge=0)


class SignedDays(_Part):
    """What the LMS states of the completions that it recorded for a company from the first to the last day (UTC).

    `notes` says in words what is not known any more.
    """

    #: The version of this form.
    statement: Literal[1] = 1
    subscriber: str
    first_day: date
    last_day: date
    made_at: AwareDatetime
    #: Completions recorded in these days.
    recorded: int = Field(ge=0)
    #: Of these, the ones that ended so long ago that only their number is known. No hash and no list has them.
    no_longer_known: int = Field(ge=0)
    #: The others: recorded in these days, and known by their ids.
    known: Ids
    #: Of the known ones, those that were accepted.
    accepted: Ids
    #: How many of the known ones are in each state.
    states: dict[str, int]
    #: The state of each known one by its id, sorted by id; None if the statement was made without ids.
    ids: dict[str, str] | None = Field(default=None, repr=False)
    #: Days on which nothing was recorded or accepted are left out.
    days: list[DayOfStatement]
    notes: list[str]

    @classmethod
    def of(cls, ids: dict[str, str], *, with_ids: bool, **facts: Any) -> Self:
        """Make one of the state of each known id. The LMS calls it, so that both sides have one form."""
        states: dict[str, int] = {}
        for state in ids.values():
            states[state] = states.get(state, 0) + 1
        accepted = [event_id for event_id, state in ids.items() if state == ACCEPTED]
        return cls(
            known=Ids(count=len(ids), sha256=ids_sha256(ids)),
            accepted=Ids(count=len(accepted), sha256=ids_sha256(accepted)),
            states=states,
            ids=dict(sorted(ids.items())) if with_ids else None,
            **facts,
        )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Raise ValueError if the numbers, the hashes and the list contradict each other."""
        if self.recorded != self.known.count + self.no_longer_known:
            raise ValueError("`recorded` is not the sum of `known` and `no_longer_known`")
        if self.states.get(ACCEPTED, 0) != self.accepted.count or sum(self.states.values()) != self.known.count:
            raise ValueError("`states` contradicts `known` or `accepted`")
        if self.ids is not None:
            accepted = [event_id for event_id, state in self.ids.items() if state == ACCEPTED]
            for stated, listed in ((self.known, list(self.ids)), (self.accepted, accepted)):
                if stated != Ids(count=len(listed), sha256=ids_sha256(listed)):
                    raise ValueError("`ids` is not the list that was counted and hashed")
        return self

    def as_sent(self) -> bytes:
        """Return the bytes that are signed and sent: JSON in ASCII, so that nothing on the way changes one of them."""
        return json.dumps(self.model_dump(mode="json")).encode("ascii")

    def missing(self, received: Iterable[str]) -> list[str]:
        """Return the ids that were accepted, says the LMS, and that are not among those you have; sorted.

        `received` may have ids of other days too. Raises `InvalidStatement` if the statement was made without ids.
        """
        if self.ids is None:
            raise InvalidStatement("the statement was made without ids: compare the hashes, or ask for one with ids")
        here = frozenset(received)
        return [event_id for event_id, state in self.ids.items() if state == ACCEPTED and event_id not in here]

    def is_of(self, received: Iterable[str]) -> bool:
        """Return whether these ids, no more and no fewer, are those that were accepted."""
        return ids_sha256(received) == self.accepted.sha256


@bare_errors
def verify_statement(document: bytes | str, secrets: str | Iterable[str]) -> SignedDays:
    """Check the signature of a statement, and that its numbers, hashes and ids agree; return what it states.

    `document` is the JSON as the LMS gave it. `secrets` are as for `verify`: those of the time at which it was made.
    A statement may be of any age; it says when it was made. Raises `WrongSignature` or another
    `NotTrusted`, and `InvalidStatement`.
    """
    try:
        envelope = json.loads(document)
        body = envelope["body"].encode()
        headers = {name: envelope[name] for name in _ENVELOPE if isinstance(envelope.get(name), str)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidStatement("it is no JSON object with a `body` of text: give it as the LMS made it") from None
    verify(headers, body, secrets, tolerance_seconds=None)
    return _parsed(body)


def is_statement(headers: Headers) -> bool:
    """Return whether a POST has the statement of a month, and no completion: give it to `receive_statement`.

    It reads the header `webhook-statement`, which is not signed. If it is wrong, the POST is refused: neither is taken
    for the other.
    """
    return any(name.lower() == "webhook-statement" for name, _ in headers.items())


@bare_errors
def receive_statement(
    headers: Headers,
    body: bytes,
    secrets: str | Iterable[str],
    *,
    tolerance_seconds: float | None = TOLERANCE_SECONDS,
    now: float | None = None,
) -> SignedDays:
    """Verify a POST of a statement, and return what it states. The arguments are those of `verify`.

    Raises a `Refused`, whose `status` is what to respond with: what `verify` raises, or `InvalidBody`.
    """
    verify(headers, body, secrets, tolerance_seconds=tolerance_seconds, now=now)
    try:
        return _parsed(bytes(body))
    except InvalidStatement as error:
        raise InvalidBody({"statement": str(error)}) from None


def _parsed(body: bytes) -> SignedDays:
    """Return what a signed body states. Raises `InvalidStatement`."""
    try:
        return SignedDays.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, details["loc"])) or "statement"
        raise InvalidStatement(f"{place}: {details['msg']}") from None
