"""What the producer raises; the whole tree is drawn in `lessonhook.config.errors`."""

from collections.abc import Mapping

from lessonhook.config import LessonhookError


class InvalidCompletion(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidSubscription does
    """The event or the call is wrong; nothing was stored. Names fields and rules, quotes no value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take the broken rule of each field, by its dotted path: `{"user.email": "is required"}`."""
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in self.problems.items()))

    def __reduce__(self) -> tuple[type["InvalidCompletion"], tuple[dict[str, str]]]:
        """Let it cross processes, in a pickle, as it is."""
        return type(self), (self.problems,)


class PublishFailed(LessonhookError):  # noqa: N818 - says what went wrong
    """Redis did not answer in time; send the same event again as it is, its id keeps it from arriving twice."""
