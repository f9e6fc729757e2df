"""The root of every error that lessonhook raises on purpose.

LessonhookError
├── InvalidCompletion     (producer)  the event or the call is wrong; nothing was stored
├── InvalidSubscription   (ledger)    the subscription is wrong; nothing was stored
└── PublishFailed         (producer)  Redis did not answer; the event may be sent again as it is
"""


class LessonhookError(Exception):
    """Catch this one to catch them all."""
