"""The rooms of the house, read from the one list of them: the packages of the wheel in pyproject.toml."""

import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

#: The checkout.
ROOT = Path(__file__).parents[2]
#: What pyproject.toml says, the list of rooms and the settings of the tools among it.
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
#: Lowest first: "config", "ledger" and so on.
ROOMS = tuple(PurePosixPath(path).parts[0] for path in _PACKAGES)
