"""A group of commands whose help and errors say what a person needs, and nothing of how Typer reads values."""

from typing import Any, Final

import typer
from typer.core import TyperGroup

#: pydantic's words, which Typer leaves before the rule that a value breaks.
_PYDANTICS_PREFIX: Final = "Value error, "


class PlainGroup(TyperGroup):
    """Shows `--json` and not `--json <bool>`, and begins an error with the rule itself."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command whose flags show no type."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            for option in (*command.params, command.get_help_option(ctx)):
                if option is not None and getattr(option, "is_flag", False) and option.metavar is None:
                    option.metavar = ""
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(_PYDANTICS_PREFIX)
            raise
