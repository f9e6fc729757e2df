"""The options of a subscription. Each is declared here and in no other place.

The document in Redis, the view, the keyword arguments, the error messages, `lessonhook subscriptions put` and `show`,
and the samples of the contract follow from the declaration. `CONTRIBUTING.md` has the recipe for one more.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final, Self, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lessonhook.ledger.subscriptions.acknowledgement import Acknowledgement
from lessonhook.ledger.subscriptions.addresses import read_addresses
from lessonhook.ledger.subscriptions.option import Group, Option, options_of
from lessonhook.ledger.subscriptions.statuses import read_statuses
from lessonhook.ledger.subscriptions.validators import AmongOthers, NoBool


class BodyOptions(BaseModel):
    """The options that change the body. All are bools, and each has an `Option.rendering`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: The company knows its learners by ids of its own: `ext_uid` is sent.
    external_user_ids: Annotated[
        bool,
        Option(
            help="With ext_uid.",
            receiver_that="knows its learners by ids of its own: `user.ext_uid` is sent",
            group=Group.BODY,
            rendering="external",
        ),
    ] = False
    #: Send `user.id` and `lesson.id` as numbers, to a receiver that compares them with numbers.
    numeric_ids: Annotated[
        bool,
        Option(
            help="Ids as numbers.",
            receiver_that="compares ids with numbers",
            group=Group.BODY,
            rendering="numeric",
        ),
    ] = False
    #: Send the top-level `score`, 0 to 1, before `score_percent`, to a receiver that still reads it.
    deprecated_score: Annotated[
        bool,
        Option(
            help="With score, 0 to 1.",
            receiver_that="reads the former top-level `score`, 0 to 1",
            group=Group.BODY,
            rendering="score",
        ),
    ] = False

    @property
    def rendering(self) -> str:
        """The words of the options that are set: "" for none, or "external numeric score"."""
        return " ".join(word for word, name in _words().items() if getattr(self, name))


class LateCompletions(StrEnum):
    """What becomes of a completion that is older than a delivered one of its learner and lesson."""

    SEND = "send"
    #: It ends as `superseded`: seen, counted, and sent by a replay only. The ledger remembers the newest delivered
    #: completion for LESSONHOOK_DELIVERED_RETENTION_DAYS.
    SKIP = "skip"

    @classmethod
    def read(cls, stored: str) -> Self:
        """Read a stored choice; the default for one that a newer release added."""
        return cls(stored) if stored in set(cls) else cls("send")


class NoticeLanguage(StrEnum):
    """The languages in which a customer can be told, by their tags."""

    AR = "ar"
    DE = "de"
    EN = "en"
    ES = "es"
    FR = "fr"
    IT = "it"
    JA = "ja"
    NL = "nl"
    PT = "pt"
    RU = "ru"
    SV = "sv"
    ZH = "zh"

    @classmethod
    def read(cls, stored: str) -> Self:
        """Read a stored language; English for one that a newer release added."""
        return cls(stored) if stored in set(cls) else cls("en")


class Options(BodyOptions):
    """All options of a subscription."""

    #: POSTs at one moment, 1 to 1000; None: the operator's setting.
    max_in_flight: Annotated[
        int | None,
        Field(ge=1, le=1000),
        NoBool,
        Option(
            help="POSTs at one moment.",
            receiver_that="can take only this many POSTs at one moment, 1 to 1000",
            group=Group.PACE,
            metavar="NUMBER",
            in_lane=True,
        ),
    ] = None
    #: POSTs a second, 0.0003 (about one an hour) up to 1000; None: no limit.
    max_per_second: Annotated[
        float | None,
        Field(ge=0.0003, le=1000, allow_inf_nan=False),
        NoBool,
        Option(
            help="POSTs a second.",
            receiver_that="can take only this many POSTs a second, 0.0003 to 1000; 0.5 is one in two seconds",
            group=Group.PACE,
            metavar="NUMBER",
            in_lane=True,
        ),
    ] = None
    #: What becomes of a completion that is published late, after a newer one of its learner and lesson was delivered.
    late_completions: Annotated[
        LateCompletions,
        Option(
            help="A completion older than a delivered one of its learner and lesson: send it, or skip it.",
            receiver_that="takes the last completion that arrives for the best: `skip` sends none that is older than a "
            "delivered one of its learner and lesson; `send` (the default) sends every completion",
            group=Group.BODY,
            metavar="send|skip",
            in_lane=True,
        ),
    ] = LateCompletions.SEND
    #: What the response of an endpoint has if it recorded a completion; None: any 2xx is as good as another.
    acknowledgement: Annotated[
        Acknowledgement | None,
        AmongOthers,
        Option(
            help="What a 2xx response must have to confirm that the completion was recorded.",
            receiver_that="responds with 2xx even if it recorded nothing, see below",
            group=Group.ACKNOWLEDGEMENT,
            shown_as="confirmed by",
            prefix="ack",
        ),
    ] = None

    #: Statuses beside 2xx that count as accepted, at most ten, 300 to 499 without 410 and 429; None: 2xx alone.
    accept_statuses: Annotated[
        tuple[int, ...] | None,
        BeforeValidator(read_statuses),
        Option(
            help="These count as accepted, beside 2xx.",
            receiver_that="responds with such a status, 302 or 409, after it has recorded the completion, see below",
            group=Group.ACKNOWLEDGEMENT,
            metavar="302,409",
        ),
    ] = None

    #: Up to ten e-mail addresses that are told when the endpoint fails and when it is well again; None: nobody is.
    notice_addresses: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(read_addresses),
        Option(
            help="E-mail addresses that are told when the endpoint fails and is back.",
            receiver_that="wants its people told by e-mail when its endpoint fails, is paused and is back: up to ten "
            "addresses, see [the customer is told](page.md#the-customer-is-told)",
            group=Group.NOTICES,
            metavar="A@B.C,D@B.C",
        ),
    ] = None
    #: The language in which they are told.
    notice_language: Annotated[
        NoticeLanguage,
        Option(
            help="Their language: ar, de, en, es, fr, it, ja, nl, pt, ru, sv or zh.",
            receiver_that="reads another language than English: `ar`, `de`, `en`, `es`, `fr`, `it`, `ja`, `nl`, `pt`, "
            "`ru`, `sv` or `zh`",
            group=Group.NOTICES,
            metavar="LANGUAGE",
        ),
    ] = NoticeLanguage.EN
    #: The subscriber fetches its completions itself, and nothing is posted: for one behind a firewall. It then needs no
    #: callback URL.
    pull: Annotated[
        bool,
        Option(
            help="It fetches its completions; nothing is posted.",
            receiver_that="cannot be reached from outside and fetches its completions itself, see "
            "[Fetch instead of receive](receiving.md#fetch-instead-of-receive)",
            group=Group.PACE,
            in_lane=True,
        ),
    ] = False
    #: The Authorization value is a token that the operator's function provides, `LESSONHOOK_AUTHORIZATION_PROVIDER`.
    authorization_from_provider: Annotated[
        bool,
        Option(
            help="The Authorization value is a token of LESSONHOOK_AUTHORIZATION_PROVIDER.",
            receiver_that="takes tokens that end, such as those of OAuth: a function of yours provides them, see below",
            group=Group.CREDENTIALS,
        ),
    ] = False
    #: POST a signed statement of each month in the first days of the next one. Needs a signing secret.
    monthly_statement: Annotated[
        bool,
        Option(
            help="With a signed statement of each month.",
            receiver_that="compares its records each month: in the first days of a month a signed statement of the "
            "month before is posted, see "
            "[Each month by itself](receiving.md#each-month-by-itself); needs a signing secret",
            group=Group.BODY,
        ),
    ] = False

    def lane_numbers(self) -> dict[str, float]:
        """Return the options that the lane's scripts need, as numbers: 0 for None; for a choice, its place."""
        needed = [name for name, option in options_of(Options).items() if option.in_lane]
        return {name: _number(getattr(self, name)) for name in needed}


class OptionsDict(TypedDict, total=False):
    """The options as keyword arguments, for type checkers: names and types as in `BodyOptions` and `Options`."""

    external_user_ids: bool
    numeric_ids: bool
    deprecated_score: bool
    max_in_flight: int | None
    max_per_second: float | None
    late_completions: LateCompletions
    acknowledgement: Acknowledgement | None
    accept_statuses: tuple[int, ...] | None
    notice_addresses: tuple[str, ...] | None
    notice_language: NoticeLanguage
    pull: bool
    authorization_from_provider: bool
    monthly_statement: bool


def _number(value: Any) -> float:
    if isinstance(value, Enum):
        return list(type(value)).index(value)
    return int(value) if isinstance(value, bool) else value or 0


#: Results that `body_options` keeps, because publishing asks for one each time; more than there are combinations.
_KEPT: Final = 256


@cache
def _words() -> Mapping[str, str]:
    """Return the option of each word of a rendering, in the order in which the options are declared."""
    return MappingProxyType({option.rendering: name for name, option in options_of(BodyOptions).items()})


@lru_cache(maxsize=_KEPT)
def body_options(rendering: str) -> BodyOptions:
    """Return the options that a `rendering` names; words of a newer release are ignored."""
    return BodyOptions.model_validate({name: True for word, name in _words().items() if word in rendering.split()})


def every_body_option() -> BodyOptions:
    """Return the options of a body with each of them set, for samples."""
    return body_options(" ".join(_words()))
