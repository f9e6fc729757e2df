"""The root of every error that lessonhook raises on purpose.

LessonhookError
├── InvalidSettings         (config)    a LESSONHOOK_… variable can't be used
├── InvalidBroker           (config)    the broker is missing, or Celery can't use it
├── InvalidEncryptionKey    (ledger)    LESSONHOOK_ENCRYPTION_KEYS can't be used
├── InvalidProxy            (worker)    LESSONHOOK_PROXY_URL can't be used
├── InvalidProvider         (worker)    LESSONHOOK_AUTHORIZATION_PROVIDER can't be imported
├── InvalidSubscription     (ledger)    the subscription is wrong; nothing was stored
│   └── PrivateAddress      (ledger)    its URL leads to an address that is not public
├── SubscriptionChanged     (ledger)    it was saved anew between its reading and its saving; caught by the ledger
├── InvalidCompletion       (producer)  the event or the call is wrong; nothing was stored
│   └── InvalidCompletions  (producer)  some of many events are wrong
├── PublishFailed           (producer)  Redis did not reply; the same event may be sent again
│   └── PartlyPublished     (producer)  in the middle of many events; the same ones may be sent again
├── Undecipherable          (ledger)    a stored value was encrypted with a key that is not set here
├── DeskError               (desk)      the desk cannot do what it was asked to do; nothing was changed
│   ├── NotFound            (desk)      something is not there
│   │   ├── UnknownSubscriber   (desk)  no subscription and no events of this name
│   │   ├── NoSubscription      (desk)  the subscriber has no subscription now
│   │   ├── UnknownEvent        (desk)  the ledger has no such event, or no longer
│   │   ├── UnknownErrand       (desk)  nobody asked for these POSTs, or longer than an hour ago
│   │   └── BodyGone            (desk)  the event is known, but its body is not kept any more
│   ├── UnsendableEvent     (desk)      the event's state does not allow to send it again
│   ├── AmbiguousEvent      (desk)      several subscribers have an event of this id
│   ├── InvalidSelection    (desk)      the choice of events contradicts itself, or chooses nothing
│   ├── WrongToken          (desk)      the token to fetch by is nobody's, or was replaced or revoked
│   ├── NotByPull           (desk)      the subscriber's events are posted, and cannot be fetched
│   ├── NoSigningSecret     (desk)      the subscription has no signing secret, so nothing can be signed
│   ├── NothingIsPosted     (desk)      the subscriber fetches its events and has no callback URL
│   ├── FetchedTooOften     (desk)      the subscriber fetches more often than ten times a second
│   ├── InvalidCursor       (desk)      the cursor is not one that a page of events gave
│   └── TooManyPosts        (desk)      people asked for too many POSTs in one minute
├── LedgerUnavailable       (desk)      Redis or the broker did not reply to the desk
└── ServerNotInstalled      (console)   the extra `embedded` is missing
"""


class LessonhookError(Exception):
    """Catch this class to catch all of them."""


class InvalidSettings(LessonhookError):
    """A `LESSONHOOK_…` variable of the environment can't be used. The text names variables and rules, no value."""
