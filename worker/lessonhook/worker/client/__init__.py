"""The HTTP client: sends exactly what a subscription says, and survives anything that an endpoint does."""

from lessonhook.worker.client.client import Client
from lessonhook.worker.client.proxy import InvalidProxy
from lessonhook.worker.client.request import Post

__all__ = ["Client", "InvalidProxy", "Post"]
