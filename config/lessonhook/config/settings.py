"""Every setting with its unit, its default and its reason. All of them come from the environment.

A setting that everybody should know is marked `json_schema_extra=EVERYDAY`. The others are rarely needed.
"""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic_settings import BaseSettings, SettingsConfigDict

from lessonhook.config.function_name import AuthorizationProvider
from lessonhook.config.lane_settings import BackfillPerSecond
from lessonhook.config.notice_settings import (
    NoticeBackAfterSeconds,
    NoticeExpiringDays,
    NoticeFailingAfterSeconds,
    NoticeFrom,
    NoticeSender,
    NoticeSmtpUrl,
    NoticesPerDay,
    QuietFalseAlarmsPerYear,
)
from lessonhook.config.page_settings import EgressAddresses, PageHomeUrl, PageKey, PageUrl
from lessonhook.config.redis_url import check_broker_url, check_redis_url, is_same_database
from lessonhook.config.rules_in_words import broken

#: At most a week, because clocks, sockets and Celery's countdowns do not count further.
Seconds = Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)]
_SECONDS_A_DAY: Final = 86_400
Days = Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)]
#: A worker counts as alive until it has missed this many sweeps.
_ALIVE_SWEEPS: Final = 6
#: Marks a setting that everybody should know; `everyday_settings` of `environment.py` returns their names.
EVERYDAY: Final[JsonDict] = {"everyday": True}


class LogFormat(StrEnum):
    """The form of a log line."""

    JSON = "json"
    CONSOLE = "console"


class Settings(BaseSettings):
    """The variables `LESSONHOOK_…` of the environment. Durations may have fractions."""

    model_config = SettingsConfigDict(env_prefix="LESSONHOOK_", frozen=True, extra="ignore", hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(check_redis_url)] = Field(
        default="redis://127.0.0.1:6379/0",
        repr=False,
        json_schema_extra=EVERYDAY,
        description="The Redis (7.0 or newer) or Valkey that holds the ledger.",
    )
    broker_url_setting: Annotated[str | None, AfterValidator(check_broker_url)] = Field(
        default=None,
        repr=False,
        json_schema_extra=EVERYDAY,
        validation_alias="LESSONHOOK_BROKER_URL",
        description="The broker: any URL that Celery supports. Default: the ledger's Redis.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=20,
        json_schema_extra=EVERYDAY,
        description="Number of attempts for one event, including the first. After the last one the subscriber is "
        "paused.",
    )
    retry_delay_seconds: Seconds = Field(
        default=300.0,
        json_schema_extra=EVERYDAY,
        description="Time from a failed attempt to the next one.",
    )
    connect_timeout_seconds: Seconds = Field(
        default=5.0,
        description="Time limit for opening a connection to an endpoint.",
    )
    request_deadline_seconds: Seconds = Field(
        default=15.0,
        json_schema_extra=EVERYDAY,
        description="Time limit for the whole POST, from name resolution to the last byte of the response, even if the "
        "endpoint keeps sending bytes.",
    )
    response_limit_bytes: int = Field(
        default=65_536,
        ge=0,
        description="At most this much of a response is read. The status decides, not the body.",
    )
    max_in_flight_per_subscriber: int = Field(
        default=8,
        ge=1,
        le=1_000,
        description="Largest number of concurrent POSTs to one subscriber. A subscription may set its own.",
    )
    backfill_per_second: BackfillPerSecond = 5.0
    delivered_retention_days: Days = Field(
        default=7.0,
        description="How long a delivered event is kept. Until then it can be read and replayed, and a repeated send "
        "of it is recognised.",
    )
    retention_days: Days = Field(
        default=30.0,
        description="How long an undelivered event is kept. Then it becomes `expired`, which is counted and logged.",
    )
    allowed_private_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        json_schema_extra=EVERYDAY,
        description="Private networks that workers may POST to, as a JSON list: "
        '`["10.1.0.0/16"]`. The same in the LMS, which refuses to save other private addresses.',
    )
    proxy_url: SecretStr | None = Field(
        default=None,
        json_schema_extra=EVERYDAY,
        description="A forward proxy, for subscribers that allow only one source address. The variables `HTTP_PROXY` "
        "and `HTTPS_PROXY` have no effect.",
    )
    encryption_keys: tuple[SecretStr, ...] = Field(
        default=(),
        json_schema_extra=EVERYDAY,
        description="Fernet keys, as a JSON list. The first one encrypts, all of them decrypt. Default: bodies and "
        "credentials are plain text in Redis.",
    )
    accept_plain_values: bool = Field(
        default=False,
        description="Whether plain text in Redis is still read although there are encryption keys. Set it only until "
        "`lessonhook reseal` has sealed what was stored before.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        json_schema_extra=EVERYDAY,
        description="The port on which each worker serves its metrics and health checks. Default: not served.",
    )
    metrics_address: str = Field(
        default="",
        description="The local address on which the metrics are served. Default: all of them.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE,
        description="`console` for people, `json` for machines.",
    )
    worker_slots: int = Field(
        default=512,
        ge=1,
        le=10_000,
        json_schema_extra=EVERYDAY,
        description="Number of messages that one worker process works on at the same time. A POST that waits for a "
        "slow endpoint needs no slot.",
    )
    worker_processes: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Number of processes that `lessonhook worker` starts and supervises. Each one needs a core of its "
        "own to be of use.",
    )
    task_events: bool = Field(
        default=True,
        description="Whether workers send the task events that Flower shows. They cost about a fifth of the pace.",
    )
    send_traceparent: bool = Field(
        default=False,
        description="Whether POSTs carry our `traceparent` header, so that an endpoint can continue the trace. Off by "
        "default, because endpoints belong to other companies.",
    )
    drain_seconds: Seconds = Field(
        default=1.0,
        description="How long one message's turn continues with further events of its lane before other lanes get its "
        "slot. Ten times as long while the worker has slots free.",
    )
    lease_margin_seconds: Seconds = Field(
        default=10.0,
        # A worker POSTs only while more than a deadline is left of its lease. With almost no margin it never would.
        ge=0.1,
        description="How much longer a delivery's lease lasts than the deadline. The event of a dead worker waits this "
        "much longer.",
    )
    sweep_interval_seconds: Seconds = Field(
        default=5.0,
        description="How often each worker looks for what a crash left behind.",
    )
    republish_after_seconds: Seconds = Field(
        default=25.0,
        description="If the broker message of a queued event is missing, publish it again after this many seconds. "
        "Keep it at or below the lease (the deadline plus the lease margin).",
    )

    mass_failure_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="If more than this share of the active subscribers fail within a minute, the cause is probably on "
        "our side: an alarm is logged and no subscriber is paused.",
    )
    mass_failure_subscribers: int = Field(
        default=10,
        ge=1,
        description="With fewer active subscribers than this, no mass failure is assumed.",
    )
    worker_imports: tuple[str, ...] = Field(
        default=(),
        description='Modules that each worker imports at its start, as a JSON list: `["lms.webhook_notices"]`.',
    )
    operator_webhook_url: SecretStr | None = Field(
        default=None,
        description="The URL to which notices for the operator (paused, resumed, refused, expired, quiet, heard) are "
        "POSTed as JSON.",
    )
    page_url: PageUrl = "http://127.0.0.1:8300/"
    page_home_url: PageHomeUrl = None
    page_key: PageKey = None
    egress_addresses: EgressAddresses = ()
    notice_smtp_url: NoticeSmtpUrl = None
    notice_from: NoticeFrom = None
    notice_sender: NoticeSender = None
    notice_failing_after_seconds: NoticeFailingAfterSeconds = 360.0
    notice_back_after_seconds: NoticeBackAfterSeconds = 120.0
    notice_expiring_days: NoticeExpiringDays = 3.0
    notices_per_day: NoticesPerDay = 6
    quiet_false_alarms_per_year: QuietFalseAlarmsPerYear = 0.02
    authorization_provider: AuthorizationProvider = None
    deaf_after_seconds: Seconds = Field(
        default=60.0,
        description="A worker that receives no message for this long, while messages wait in its queues, exits with "
        "code 70 so that its supervisor restarts it.",
    )

    @field_validator("retention_days")
    @classmethod
    def _keep_for_all_attempts(cls, days: float, info: ValidationInfo) -> float:
        attempts, delay_seconds = info.data.get("attempts", 1), info.data.get("retry_delay_seconds", 0.0)
        if days * _SECONDS_A_DAY <= (attempts - 1) * delay_seconds:
            raise broken("must be longer than all attempts take: an event would expire between two")
        return days

    @property
    def broker_url(self) -> str:
        """Return the URL that Celery connects to."""
        return self.broker_url_setting or self.redis_url

    @property
    def is_broker_in_ledger(self) -> bool:
        """Return whether the broker's queues are in the ledger's own database, where its scripts can fill them."""
        return is_same_database(self.redis_url, self.broker_url)

    @property
    def lease_seconds(self) -> float:
        """Return how long a worker owns a delivery: the deadline and the margin."""
        return self.request_deadline_seconds + self.lease_margin_seconds

    @property
    def alive_within_seconds(self) -> float:
        """Return how old a worker's last sweep, or its heartbeat, may be while the worker counts as alive."""
        return _ALIVE_SWEEPS * self.sweep_interval_seconds
