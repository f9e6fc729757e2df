"""The settings that tests run with: the five minutes between attempts in less than a second."""

from ipaddress import ip_network

from lessonhook.config import Settings


def short_settings(redis_url: str) -> Settings:
    """Return settings with every delay short, few slots, and the loopback open to deliveries."""
    return Settings(
        redis_url=redis_url,
        retry_delay_seconds=0.3,
        connect_timeout_seconds=1.0,
        request_deadline_seconds=2.0,
        lease_margin_seconds=1.0,
        sweep_interval_seconds=0.2,
        republish_after_seconds=0.5,
        drain_seconds=0.2,
        worker_slots=8,
        allowed_private_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
    )
