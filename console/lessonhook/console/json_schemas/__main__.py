"""Write the schema of each command into a folder: `python -m lessonhook.console.json_schemas docs/schemas`."""

import json
import sys
from pathlib import Path

from lessonhook.console.json_schemas import DOCUMENTS, schema_of

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for command in DOCUMENTS:
        path = folder / f"{command.replace(' ', '-')}.json"
        path.write_text(json.dumps(schema_of(command), indent=2) + "\n", encoding="utf-8")
