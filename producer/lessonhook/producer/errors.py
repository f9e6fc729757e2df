"""The errors that the producer raises. The whole tree is drawn in `lessonhook.config.errors`."""

from collections.abc import Mapping
from typing import Any, Final

from lessonhook.config import LessonhookError

#: Broken rules that the text of an error names.
_SHOWN: Final = 20


class InvalidCompletion(LessonhookError):
    """The event or the call breaks a rule; nothing was stored. The text names fields and rules and quotes no value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep the broken rule of each field, by its dotted path: `{"user.email": "is required"}`."""
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in self.problems.items()))

    def __reduce__(self) -> tuple[type["InvalidCompletion"], tuple[dict[str, str]]]:
        """Return how a pickle makes it again, so that it can cross processes."""
        return type(self), (self.problems,)


class InvalidCompletions(InvalidCompletion):
    """Some of many events break a rule. `by_index` has the broken rules of each, by its place in the input from 0.

    Nothing was stored, with one exception: if a subscription's options changed meanwhile, all others are recorded.
    """

    def __init__(self, by_index: Mapping[int, Mapping[str, str]]) -> None:
        """Keep the broken rules; `problems` has them by paths such as `17.user.email`."""
        self.by_index = {index: dict(problems) for index, problems in by_index.items()}
        flat = {
            f"{index}.{field}": rule for index, problems in self.by_index.items() for field, rule in problems.items()
        }
        super().__init__(flat)

    def __str__(self) -> str:
        """Return the first rules that are broken, and how many more there are."""
        shown = [f"{field}: {rule}" for field, rule in self.problems.items()][:_SHOWN]
        more = len(self.problems) - len(shown)
        return "; ".join([*shown, f"and {more} more"] if more else shown)

    def __reduce__(self) -> Any:
        """Return how a pickle makes it again."""
        return type(self), (self.by_index,)


class PublishFailed(LessonhookError):
    """Redis did not reply in time. Publish the same event again unchanged: its id keeps it from being sent twice."""


class PartlyPublished(PublishFailed):
    """Redis did not reply in the middle of many events. Publish all of them again: what was recorded is recognised.

    `confirmed` is how many of the first ones of the input are surely recorded. Some of those after them may be, too.
    """

    def __init__(self, text: str, confirmed: int) -> None:
        """Keep how far the publishing came."""
        super().__init__(text, confirmed)
        self.confirmed = confirmed

    def __str__(self) -> str:
        """Return the text, and how far it came."""
        return f"{self.args[0]}. The first {self.confirmed} are recorded"
