"""Every setting, its unit, its default and the reason for it; all come from the environment."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from lessonhook.config.errors import InvalidSettings
from lessonhook.config.redis_url import check_broker_url, check_redis_url
from lessonhook.config.rules_in_words import in_words

#: At most a week: beyond it clocks, sockets and Celery's countdowns count no further.
Seconds = Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)]
_SECONDS_A_DAY: Final = 86_400
Days = Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)]


#: How pydantic-settings says which field it could not read; the error has no attribute for it.
_FIELD: Final = re.compile(r'field "(\w+)"')


class LogFormat(StrEnum):
    """How a log line looks."""

    JSON = "json"
    CONSOLE = "console"


class Settings(BaseSettings):
    """What can be set by `LESSONHOOK_…` in the environment; durations take fractions."""

    model_config = SettingsConfigDict(env_prefix="LESSONHOOK_", frozen=True, extra="ignore", hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(check_redis_url)] = Field(
        default="redis://127.0.0.1:6379/0",
        repr=False,
        description="The Redis (7.0 or newer) or Valkey that holds the ledger.",
    )
    broker_url_setting: Annotated[str | None, AfterValidator(check_broker_url)] = Field(
        default=None,
        repr=False,
        validation_alias="LESSONHOOK_BROKER_URL",
        description="The broker, anything that Celery speaks. Left out: the ledger's Redis.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=20,
        description="Attempts in all, the first one included; then the subscriber is paused.",
    )
    retry_delay_seconds: Seconds = Field(
        default=300.0,
        description="From a failed attempt to the next one: every five minutes, as the vendor promises.",
    )
    connect_timeout_seconds: Seconds = Field(
        default=5.0,
        description="To open a connection; an endpoint that is there answers in far less.",
    )
    request_deadline_seconds: Seconds = Field(
        default=15.0,
        description="The whole exchange, name resolution to last byte, however slowly the bytes come.",
    )
    response_limit_bytes: int = Field(
        default=65_536,
        ge=0,
        description="At most this much of an answer is read; the status decides, not the body.",
    )
    max_in_flight_per_subscriber: int = Field(
        default=8,
        ge=1,
        le=1_000,
        description="The widest that a subscriber's window opens; a subscription may name its own.",
    )
    delivered_retention_days: Days = Field(
        default=7.0,
        description="How long a delivered event can be looked at and replayed, and its repeat be recognised.",
    )
    retention_days: Days = Field(
        default=30.0,
        description="How long an undelivered event is kept; then it becomes `expired`, counted and logged.",
    )
    allowed_private_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description='Networks that may be posted to although they are private, a JSON list: `["10.1.0.0/16"]`.',
    )
    proxy_url: SecretStr | None = Field(
        default=None,
        description="A forward proxy for customers who allow-list one address. Proxy variables are ignored.",
    )
    encryption_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Fernet keys, a JSON list: the first one writes, all of them read. Left out: plain text in Redis.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Where each worker serves its metrics and health. Left out: not served.",
    )
    metrics_address: str = Field(
        default="",
        description="The address of this machine that the metrics are served on. Left out: all of them.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE,
        description="`console` for people, `json` for machines.",
    )
    worker_slots: int = Field(
        default=128,
        ge=1,
        le=10_000,
        description="Threads of one worker process: cheap, and more than the endpoints that hang at one moment.",
    )
    task_events: bool = Field(
        default=True,
        description="Whether workers send task events, which Flower lives on. They cost about a fifth of the pace.",
    )
    send_traceparent: bool = Field(
        default=False,
        description="Whether endpoints are sent our `traceparent`, to continue a trace. They are other companies'.",
    )
    drain_seconds: Seconds = Field(
        default=1.0,
        description="How long one task goes on with its lane's held events before other lanes take their turn.",
    )
    lease_margin_seconds: Seconds = Field(
        default=10.0,
        # A worker posts only while more than a deadline is left of its lease: with no margin to speak of, never.
        ge=0.1,
        description="What a delivery's lease has beyond the deadline; a dead worker's event waits this much longer.",
    )
    sweep_interval_seconds: Seconds = Field(
        default=5.0,
        description="How often each worker looks for what a crash left behind.",
    )
    republish_after_seconds: Seconds = Field(
        default=25.0,
        description="When a queued event whose message is nowhere to be found is published again: no later than a "
        "lease would have run out.",
    )

    mass_failure_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="When more than this share of the active subscribers fail within a minute, the fault is taken for "
        "ours: an alarm is logged and nobody is paused.",
    )
    mass_failure_subscribers: int = Field(
        default=10,
        ge=1,
        description="Fewer active subscribers than this say nothing about a common cause.",
    )
    worker_imports: tuple[str, ...] = Field(
        default=(),
        description='Modules that a worker imports at its start, a JSON list: `["lms.webhook_notices"]`.',
    )
    operator_webhook_url: SecretStr | None = Field(
        default=None,
        description="Where notices (paused, resumed, refused, expired) are posted for the operator, as JSON.",
    )
    deaf_after_seconds: Seconds = Field(
        default=60.0,
        description="When a worker that takes nothing although work waits ends itself, to be started again.",
    )

    @field_validator("retention_days")
    @classmethod
    def _keep_for_all_attempts(cls, days: float, info: ValidationInfo) -> float:
        attempts, delay_seconds = info.data.get("attempts", 1), info.data.get("retry_delay_seconds", 0.0)
        if days * _SECONDS_A_DAY <= (attempts - 1) * delay_seconds:
            raise PydanticCustomError(
                "rule", "must be longer than all attempts take: an event would expire between two"
            )
        return days

    @property
    def broker_url(self) -> str:
        """The URL that Celery connects to."""
        return self.broker_url_setting or self.redis_url

    @property
    def lease_seconds(self) -> float:
        """How long a worker owns a delivery: the deadline and a margin."""
        return self.request_deadline_seconds + self.lease_margin_seconds


def read_settings() -> Settings:
    """Read the environment; raises `InvalidSettings`, which names variables and rules and quotes no value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        # Of a value that may be of two kinds, neither of which it is, both say the same.
        problems = list(dict.fromkeys(f"{_variable(str(each['loc'][0]))}: {in_words(each)}" for each in wrong))
    except SettingsError as error:
        # The JSON error behind it holds the value, which may be a key.
        field = _FIELD.search(str(error))
        problems = [f'{_variable(field[1]) if field else "LESSONHOOK_…"}: must be JSON, such as ["one", "two"]']
    raise InvalidSettings("; ".join(problems))


def _variable(name: str) -> str:
    return name if name.startswith("LESSONHOOK_") else f"LESSONHOOK_{name.upper()}"


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Name the `LESSONHOOK_…` variables that are no setting: misspelt, perhaps, and without effect."""
    known = {_variable(str(field.validation_alias or name)) for name, field in Settings.model_fields.items()}
    return sorted(name for name in environment if name.startswith("LESSONHOOK_") and name not in known)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment once, at the first use and not at import; raises `InvalidSettings`."""
    return read_settings()
