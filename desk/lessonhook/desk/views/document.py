"""What all views have in common: they cannot be changed, and each has a JSON form on which scripts may rely."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


def plain_time(when: datetime) -> str:
    """Return a UTC time in ISO 8601, with milliseconds and `Z`."""
    return f"{when.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


#: A time in UTC.
Moment = Annotated[
    datetime,
    PlainSerializer(plain_time, return_type=str, when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


class Document(BaseModel):
    """A view of the desk. Its fields are its JSON form; a change of them is announced in the changelog."""

    model_config = ConfigDict(frozen=True, from_attributes=True, populate_by_name=True)

    def document(self) -> dict[str, Any]:
        """Return the JSON form: plain values, times in ISO 8601 with `Z`, null for None."""
        return self.model_dump(mode="json")
