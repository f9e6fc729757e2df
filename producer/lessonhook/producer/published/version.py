"""The payload's version. It is raised by hand with every change that a receiver could notice.

`versions.json` beside the published documents has a fingerprint of the payload for each version. If the fingerprint
differs, the payload was changed without an announcement: raise `CONTRACT_VERSION`, and write the change into the
changelog, on a line that begins with `Contract 2:` (with the new number).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

#: 1, 2, 3: for people and for the `version` of the OpenAPI document.
CONTRACT_VERSION: Final = "1"
#: Parts of the schema that a receiver's code cannot notice.
_WORDS_ALONE: Final = frozenset({"description", "title", "x-contract-version"})


class ContractChanged(Exception):
    """The payload differs from the one that its version was published with."""


def fingerprint(schemas: Iterable[Mapping[str, Any]], payloads: Iterable[bytes]) -> str:
    """Return 64 hexadecimal digits that change with a field, a type, a limit, a number's format or the order."""
    digest = hashlib.sha256()
    for schema in schemas:
        digest.update(json.dumps(_shape(schema), sort_keys=True).encode())
    for payload in payloads:
        digest.update(payload)
    return digest.hexdigest()


def noted(versions: Mapping[str, str], current: str) -> dict[str, str]:
    """Return the versions with the current one added; raise `ContractChanged` if its fingerprint was another one."""
    if versions.get(CONTRACT_VERSION, current) != current:
        raise ContractChanged(
            f"the payload is no longer that of contract {CONTRACT_VERSION}: raise CONTRACT_VERSION in {__name__} and "
            "announce the change in the changelog, or undo the change"
        )
    return {**versions, CONTRACT_VERSION: current}


def _shape(schema: Any) -> Any:
    """Return a schema without its words, but with its fields, which may have the same names."""
    if isinstance(schema, list):
        return [_shape(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    shape = {}
    for name, value in schema.items():
        if name == "properties":
            shape[name] = {field: _shape(described) for field, described in value.items()}
        elif name not in _WORDS_ALONE:
            shape[name] = _shape(value)
    return shape
