"""The JSON Schemas of what commands write with `--json`: `python -m lessonhook.console.json_schemas docs/schemas`."""

from lessonhook.console.json_schemas.documents import DOCUMENTS
from lessonhook.console.json_schemas.schema import schema_of

__all__ = ["DOCUMENTS", "schema_of"]
