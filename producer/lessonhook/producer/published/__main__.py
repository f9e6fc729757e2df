"""Write the published documents into a folder: `python -m lessonhook.producer.published docs/contract`."""

import json
import sys
from pathlib import Path

from lessonhook.producer.published import VERSIONS_FILE, ContractChanged, documents


def main(arguments: list[str]) -> int:
    """Return 0; 1, with what to do, if the payload changed and its version did not; 2 for wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m lessonhook.producer.published FOLDER\n")
        return 2
    folder = Path(arguments[0])
    published = folder / VERSIONS_FILE
    versions = json.loads(published.read_bytes()) if published.exists() else {}
    try:
        files = documents(versions)
    except ContractChanged as changed:
        sys.stderr.write(f"{changed}\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
