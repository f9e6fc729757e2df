"""Help on a narrow terminal: a name has a line of its own, because in a table there it is cut off."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

#: What a table needs beside its names: its frame, the blanks between its columns, and 20 columns of explanation.
_BESIDE_THE_NAMES: Final = 32
#: A longer name has a line of its own: the explanations begin eight columns from the left.
_LONGEST_BESIDE: Final = 4
#: The plain writer leaves this much free at the end of a line.
_FREE_COLUMNS: Final = 2


def without_a_table(command: Any) -> None:
    """Have a command write its help without a table, if the terminal is too narrow for the names in one."""
    columns = shutil.get_terminal_size().columns
    if columns < _names_width(command.params) + _BESIDE_THE_NAMES and command.rich_markup_mode is not None:
        command.rich_markup_mode = None
        command.format_help = partial(_write, command.format_help, columns - _FREE_COLUMNS)


def _names_width(parameters: Iterable[Any]) -> int:
    """Return how wide Typer's columns are: names, short names, those that turn a flag off, and values."""
    widths = [0, 0, 0, 0]
    for each in parameters:
        long = ",".join(name for name in each.opts if name.startswith("--"))
        short = ",".join(name for name in each.opts if not name.startswith("--"))
        # Typer 0.26 has the limits in the parameter's type, and newer ones in the parameter.
        limited = getattr(each, "type", each)
        limits = (getattr(limited, "min", None), getattr(limited, "max", None))
        value = (each.metavar or "") + ("" if limits == (None, None) else f" [{limits[0]}<=x<={limits[1]}]")
        cells = (long, short, ",".join(each.secondary_opts), value)
        widths = [max(width, len(cell)) for width, cell in zip(widths, cells, strict=True)]
    return sum(widths)


def _write(write: Callable[..., None], width: int, context: Any, formatter: Any) -> None:
    formatter.width = width
    formatter.write_dl = partial(_write_list, formatter.write_dl)
    write(context, formatter)


def _write_list(write: Callable[..., None], rows: Sequence[tuple[str, str]], **options: Any) -> None:
    write(rows, **options | {"col_max": _LONGEST_BESIDE})
