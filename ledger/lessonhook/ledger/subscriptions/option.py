"""What is declared of a subscription's option beside its name, its type, its limits and its default."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from pydantic import BaseModel


class Group(StrEnum):
    """The headings under which `lessonhook subscriptions put --help` lists the options."""

    BODY = "What is sent"
    PACE = "Pace"
    ACKNOWLEDGEMENT = "What confirms an acceptance"
    NOTICES = "Who is told of a failure"
    #: As the credentials themselves.
    CREDENTIALS = "Credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Stands in the `Annotated` type of an option's field. All that shows or stores the option reads it from there."""

    #: A few words for `lessonhook subscriptions put --help`.
    help: str
    #: Ends the sentence "for a receiver that ..." in the table of `docs/lms.md`. Markdown.
    receiver_that: str = ""
    group: Group | None = None
    #: The placeholder of its value in `--help`; a bool has none.
    metavar: str | None = None
    #: For a bool that changes the body: its word in `BodyOptions.rendering`. The ledger stores the word with each
    #: subscription, so it never changes, and it has no blank.
    rendering: str = ""
    #: Whether the lane's scripts need it. It is then stored as a number in a field of its own: 0 for None, and for an
    #: enum the place of its member.
    in_lane: bool = False
    #: Stands before its value where `lessonhook subscriptions show` lists it; "" for its name on the command line.
    shown_as: str = ""
    #: For an option that is a model: what its fields begin with on the command line, `ack` for `--ack-status`.
    prefix: str = ""


@cache
def options_of(model: type[BaseModel]) -> Mapping[str, Option]:
    """Return the options that a model declares, by field."""
    declared = ((name, _option(field.metadata)) for name, field in model.model_fields.items())
    return MappingProxyType({name: option for name, option in declared if option is not None})


def _option(metadata: list[object]) -> Option | None:
    return next((each for each in metadata if isinstance(each, Option)), None)
