"""A group of commands whose help and errors say what a person needs, and nothing of how Typer reads values."""

from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from lessonhook.config import visible_lines
from lessonhook.console.narrow_help import without_a_table

if TYPE_CHECKING:
    from collections.abc import Iterable

#: pydantic's words, which Typer leaves before the rule that a value breaks.
_PYDANTICS_PREFIX: Final = "Value error, "
#: The base of Typer's complaints about a command line, which it does not export.
_WRONG_USAGE: Final[type[typer.BadParameter]] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError"
)


class PlainGroup(TyperGroup):
    """Shows `--json` and not `--json <bool>`, SUBSCRIBER and not `SUBSCRIBER <str>`; begins an error with the rule."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command whose flags and arguments show no type, and whose help fits a narrow terminal."""
        command = super().get_command(ctx, cmd_name)
        # A group within the group does it itself.
        if command is not None and not isinstance(command, PlainGroup):
            _without_types((*command.params, command.get_help_option(ctx)))
            without_a_table(command)
        return command

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the group's own parameters, whose flags show no type either."""
        parameters = super().get_params(ctx)
        _without_types(parameters)
        return parameters

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except _WRONG_USAGE as error:
            # It quotes what was given.
            error.message = visible_lines(error.message.removeprefix(_PYDANTICS_PREFIX))
            raise


def _without_types(parameters: "Iterable[Any]") -> None:
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            # Typer shows the type of an argument beside its name, whatever its metavar.
            parameter.display_type_rich = _no_type
        elif getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""


def _no_type(ctx: Any) -> None:
    del ctx
