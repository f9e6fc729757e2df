"""Who looks at the page, as the LMS says it. The subscriber comes from here alone, never from a URL or a form."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One person in front of the page."""

    #: The company whose webhook is shown.
    subscriber: str
    #: Who it is, for the record of what was done: a user name or an e-mail address.
    name: str
    #: Whether the person may save, try and send.
    may_edit: bool = False
    #: Whether the person may see learners' names and results, that is, what was sent.
    may_see_bodies: bool = False
    #: A language tag, such as "de" or "pt-BR". "" is the LMS's language under Django, else the browser's first one.
    language: str = ""
