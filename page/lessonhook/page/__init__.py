"""The customer's own page inside of an LMS: how the webhook is, its settings, every completion, and send again."""

from lessonhook.page.exchange import PageRequest, PageResponse
from lessonhook.page.linked import LinkedPage
from lessonhook.page.page import SettingsPage
from lessonhook.page.translation import LANGUAGES
from lessonhook.page.viewer import Viewer

__all__ = ["LANGUAGES", "LinkedPage", "PageRequest", "PageResponse", "SettingsPage", "Viewer"]
