"""The HTTP client: it sends exactly what a subscription says, and survives whatever an endpoint does."""

from lessonhook.worker.client.client import Client, not_started
from lessonhook.worker.client.post import Post, prepare
from lessonhook.worker.client.proxy import InvalidProxy
from lessonhook.worker.client.tokens import InvalidProvider, load_provider

__all__ = ["Client", "InvalidProvider", "InvalidProxy", "Post", "load_provider", "not_started", "prepare"]
