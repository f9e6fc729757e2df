"""Write the tables of settings into README.md and docs/reference/settings.md; with --check, only compare.

The code has the settings, their defaults and their meaning. The README shows those that everybody should know.
The page shows the others, which are rarely needed.
"""

import sys
from pathlib import Path
from typing import Final

from lessonhook.console.commands.settings import Row, rows

ROOT: Final = Path(__file__).parents[1]
#: Each table stands between these two lines of its file, whatever else stands there.
BEGIN: Final = "<!-- settings begin: `make readme` writes this table -->"
END: Final = "<!-- settings end -->"
README: Final = ROOT / "README.md"
PAGE: Final = ROOT / "docs/reference/settings.md"


def table(shown: list[Row]) -> str:
    """Return the settings as a Markdown table."""
    lines = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    lines += [f"| `{row.variable}` | {f'`{row.default}`' if row.default else ''} | {row.meaning} |" for row in shown]
    return "\n".join(lines)


def rewritten(text: str, shown: list[Row]) -> str:
    """Return the text with the table between its two lines replaced."""
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"the lines {BEGIN!r} and {END!r} are missing")
    return f"{before}{BEGIN}\n{table(shown)}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the files that differ from the code. Return 1 if --check found one."""
    settings = list(rows())
    wanted = {README: [row for row in settings if row.everyday], PAGE: [row for row in settings if not row.everyday]}
    stale = False
    for path, shown in wanted.items():
        text = path.read_text(encoding="utf-8")
        new = rewritten(text, shown)
        if text == new:
            continue
        if "--check" in arguments:
            stale = True
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what the code says: run `make readme`\n")
        else:
            path.write_text(new, encoding="utf-8")
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
