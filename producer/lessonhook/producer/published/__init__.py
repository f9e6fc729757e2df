"""The payload's documents for a receiver's engineer: JSON Schema, OpenAPI and samples, generated from the models.

`python -m lessonhook.producer.published docs/contract` writes them.
"""

from lessonhook.producer.published.documents import VERSIONS_FILE, documents
from lessonhook.producer.published.schema import completion_schema
from lessonhook.producer.published.version import CONTRACT_VERSION, ContractChanged, fingerprint, noted

__all__ = [
    "CONTRACT_VERSION",
    "VERSIONS_FILE",
    "ContractChanged",
    "completion_schema",
    "documents",
    "fingerprint",
    "noted",
]
