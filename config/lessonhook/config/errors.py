"""The root of every error that lessonhook raises on purpose.

LessonhookError
├── InvalidBroker         (config)    the broker is missing, or Celery can't use it
├── InvalidSettings       (config)    a LESSONHOOK_… variable can't be used
├── InvalidCompletion     (producer)  the event or the call is wrong; nothing was stored
├── InvalidSubscription   (ledger)    the subscription is wrong; nothing was stored
└── PublishFailed         (producer)  Redis did not answer; the event may be sent again as it is
"""


class LessonhookError(Exception):
    """Catch this one to catch them all."""


class InvalidSettings(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidCompletion does
    """A `LESSONHOOK_…` variable of the environment can't be used; names variables and rules, quotes no value."""
