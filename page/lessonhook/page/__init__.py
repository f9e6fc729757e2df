"""The customer's own page inside of an LMS: how the webhook is, its settings, every completion, and send again."""

try:
    from lessonhook.page.exchange import PageRequest, PageResponse
    from lessonhook.page.linked import LinkedPage
    from lessonhook.page.page import SettingsPage
    from lessonhook.page.translation import LANGUAGES
    from lessonhook.page.viewer import Viewer
except ModuleNotFoundError as error:
    if error.name not in {"babel", "itsdangerous", "jinja2", "markupsafe", "werkzeug"}:
        raise
    raise ModuleNotFoundError(
        f"{error.name} is not installed; the page needs: pip install 'lessonhook[page]'", name=error.name
    ) from None

__all__ = ["LANGUAGES", "LinkedPage", "PageRequest", "PageResponse", "SettingsPage", "Viewer"]
