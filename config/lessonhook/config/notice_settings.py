"""The settings of notices, most of them to customers: types, rules and descriptions. `Settings` has the defaults."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from lessonhook.config.function_name import function_name
from lessonhook.config.host_names import read_host
from lessonhook.config.rules_in_words import broken

_SCHEMES: Final = frozenset({"smtp", "smtp+starttls", "smtps"})

#: With a name before it or without: `Hooks <hooks@lms.example>`. A line end would begin another header of the mail.
_ADDRESS: Final = re.compile(r"[^\r\n]*[^\s@]@[^\s@]+")


def _smtp_url(url: SecretStr | None) -> SecretStr | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url.get_secret_value())
        known = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise broken("must be such as smtp+starttls://name:password@mail.example:587; smtps:// and smtp:// are known")
    if parts.password and parts.scheme == "smtp" and not read_host(parts.hostname or "").is_this_machine:
        raise broken("must begin with smtp+starttls:// or smtps://, because smtp:// sends the password in the clear")
    return url


NoticeSmtpUrl = Annotated[
    SecretStr | None,
    AfterValidator(_smtp_url),
    Field(
        description="The mail server for notices to customers: `smtp+starttls://name:password@mail.example:587`, "
        "`smtps://…`, or `smtp://…` without TLS and without a password. Default: no mail is sent."
    ),
]


def _sender(address: str | None) -> str | None:
    if address is not None and not _ADDRESS.fullmatch(address):
        raise broken("must be an e-mail address")
    return address


NoticeFrom = Annotated[
    str | None,
    AfterValidator(_sender),
    Field(
        description="The sender of notices to customers, such as `hooks@lms.example`. Without it no mail is sent.",
    ),
]
NoticeSender = Annotated[
    str | None,
    function_name("lms.mails:send_notice"),
    Field(
        description="A function that workers call with each notice to a customer, as `module:function`, in place of a "
        "mail server. Default: none."
    ),
]
NoticeFailingAfterSeconds = Annotated[
    float,
    Field(
        gt=0,
        le=604_800,
        allow_inf_nan=False,
        description="A customer whose endpoint has failed for this long is told.",
    ),
]
NoticeBackAfterSeconds = Annotated[
    float,
    Field(
        gt=0,
        le=604_800,
        allow_inf_nan=False,
        description="A customer who was told of a failure is told that all is well after this time without another "
        "one. A longer time makes fewer messages for an endpoint that comes and goes.",
    ),
]
NoticeExpiringDays = Annotated[
    float,
    Field(
        gt=0,
        le=3650,
        allow_inf_nan=False,
        description="A customer is told this long before the oldest undelivered completion expires; at most half of "
        "the retention.",
    ),
]
NoticesPerDay = Annotated[
    int,
    Field(ge=1, le=100, description="At most this many notices are sent to one customer in one day (UTC)."),
]
QuietFalseAlarmsPerYear = Annotated[
    float,
    Field(
        ge=0,
        le=12,
        allow_inf_nan=False,
        description="A subscriber whose completions stopped is reported as quiet, and so is the whole LMS, if so long "
        "a silence is expected less often than this in a year. A larger number finds a silence sooner and raises more "
        "false alarms. 0: no silence is looked for.",
    ),
]
