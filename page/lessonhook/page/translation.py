"""The page's texts in the viewer's language, and dates and numbers as that language writes them.

The catalogues are `translations/*.po`, which translators edit. They are read as they are, so nothing is compiled.
Babel is imported where it is used, so that the room can be imported without the extra `page`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from babel import Locale

#: A browser's tag is anybody's text, so that no more than some are kept.
_TAGS_KEPT: Final = 200
#: The languages of the vendor's article, and Arabic, which is written from right to left.
LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt", "ru", "sv", "zh")


@dataclass(frozen=True, slots=True)
class Translation:
    """One language."""

    locale: "Locale"
    texts: dict[str, str]

    def gettext(self, text: str, /, **values: object) -> str:
        """Return a text in this language, its braces filled. A text that is not translated stays English."""
        translated = self.texts.get(text) or text
        return translated.format(**values) if values else translated

    @property
    def code(self) -> str:
        """The language tag for `lang`."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """Return `rtl` or `ltr`, for `dir`."""
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def moment(self, when: datetime) -> str:
        """Return a date and a time in UTC, to the minute: "Nov 8, 2026, 3:04 PM UTC"."""
        from babel.dates import format_time  # noqa: PLC0415 - see the module

        at = format_time(when, "short", tzinfo=UTC, locale=self.locale)
        # As the language joins a date and a time.
        return f"{self.locale.datetime_formats['short'].format(at, self.day(when.astimezone(UTC)))} UTC"

    def day(self, when: date) -> str:
        """Return a date with its month in words: "Nov 8, 2026". 11/8/26 is one day in Boston and another in London."""
        from babel.dates import format_skeleton  # noqa: PLC0415 - see the module

        return str(format_skeleton("yMMMd", when, locale=self.locale))

    def named_day(self, when: datetime) -> str:
        """Return the date of a time in UTC."""
        return self.day(when.astimezone(UTC))

    def ago(self, when: datetime) -> str:
        """Return how long ago a time was: "4 minutes ago"."""
        from babel.dates import format_timedelta  # noqa: PLC0415 - see the module

        since = min(when - datetime.now(UTC), timedelta(seconds=-1))
        return str(format_timedelta(since, add_direction=True, locale=self.locale))

    def seconds(self, seconds: float) -> str:
        """Return a duration in seconds."""
        from babel.numbers import format_decimal  # noqa: PLC0415 - see the module

        return f"{format_decimal(seconds, '0.00', locale=self.locale)} s"

    def number(self, number: float) -> str:
        """Return a number with its separators."""
        from babel.numbers import format_decimal  # noqa: PLC0415 - see the module

        return str(format_decimal(number, locale=self.locale))


def own_name(language: str) -> str:
    """Return the name of a language in that language: "Deutsch"."""
    from babel import Locale  # noqa: PLC0415 - see the module

    return str(Locale(language).language_name or language)


def first_accepted(header: str) -> str:
    """Return the first language of an `Accept-Language` header that there is; "en" if there is none."""
    tags = [part.partition(";")[0].strip() for part in header.split(",")]
    return next((tag for tag in tags if tag.replace("_", "-").partition("-")[0].lower() in LANGUAGES), "en")


def translation_of(tag: str) -> Translation:
    """Return the translation for a language tag; that of its language if the region is unknown, English if both are."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    return _read(language if language in LANGUAGES else "en", tag)


@cache
def _texts(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # noqa: PLC0415 - see the module

    if language == "en":
        return {}
    with files("lessonhook.page").joinpath("translations", f"{language}.po").open("rb") as catalogue:
        messages = read_po(catalogue, locale=language)
    return {str(each.id): str(each.string) for each in messages if each.id and each.string}


@lru_cache(maxsize=_TAGS_KEPT)
def _read(language: str, tag: str) -> Translation:
    return Translation(_locale(language, tag), _texts(language))


def _locale(language: str, tag: str) -> "Locale":
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see the module

    try:
        found = Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale(language)
    return found if found.language == language else Locale(language)
