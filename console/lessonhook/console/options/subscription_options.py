"""The options of a subscription as parameters of `lessonhook subscriptions put`, made of their declarations."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import NoneType
from typing import Annotated, Any, cast, get_args, get_origin

import typer
from pydantic import BaseModel

from lessonhook.ledger.subscriptions import Option, Options, OptionsDict, options_of


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's `**options` by one parameter for each option, as Typer reads parameters."""
    return _with(command, list(_parameters()))


def with_options_left_out(command: Callable[..., None]) -> Callable[..., None]:
    """Do the same, but an option that is not given is None, and a flag has a second form that turns it off."""
    return _with(command, [_left_out(each) for each in _parameters()])


def given_options(given: Mapping[str, Any], saved: Options) -> dict[str, Any]:
    """Return only the options that were given. Of a model, the parts that were not given stay as they are saved."""
    options: dict[str, Any] = {}
    for name, option in options_of(Options).items():
        if (model := _model_of(name)) is None:
            if given[name] is not None:
                options[name] = given[name]
        else:
            parts = {part: given[f"{option.prefix}_{part}"] for part in options_of(model)}
            if any(part is not None for part in parts.values()):
                told = {part: value for part, value in parts.items() if value is not None}
                before = getattr(saved, name)
                options[name] = model.model_validate((before.model_dump() if before else {}) | told)
    return options


def _left_out(parameter: inspect.Parameter) -> inspect.Parameter:
    kind, info = get_args(parameter.annotation)
    if kind is bool:
        flag = parameter.name.replace("_", "-")
        info = typer.Option(
            f"--{flag}/--no-{flag}",
            help=info.help,
            rich_help_panel=info.rich_help_panel,
            show_default=False,
        )
        kind = bool | None
    return parameter.replace(default=None, annotation=Annotated[kind, info])


def _with(command: Callable[..., None], options: list[inspect.Parameter]) -> Callable[..., None]:
    @wraps(command)
    def run(**given: Any) -> None:
        command(**given)

    own = [each for each in inspect.signature(command).parameters.values() if each.kind is not each.VAR_KEYWORD]
    parameters = [*own, *options]
    run.__signature__ = inspect.Signature(parameters, return_annotation=None)  # type: ignore[attr-defined]  # it may be set
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def read_options(given: Mapping[str, Any]) -> OptionsDict:
    """Return the options that the parameters give. A model of whose fields none is given is None."""
    options: dict[str, Any] = {}
    for name, option in options_of(Options).items():
        if (model := _model_of(name)) is None:
            options[name] = given[name]
        else:
            parts = {part: given[f"{option.prefix}_{part}"] for part in options_of(model)}
            options[name] = model.model_validate(parts) if any(parts.values()) else None
    return cast("OptionsDict", options)


def reset_options(options: OptionsDict, saved: Options | None) -> list[str]:
    """Return the flags of what the saved subscription has, and `options` have at its default."""
    if saved is None:
        return []
    defaults = {name: Options.model_fields[name].get_default() for name in options}
    return [
        f"--{name.replace('_', '-')}"
        for name, default in defaults.items()
        if getattr(saved, name) != default and options.get(name) == default
    ]


def _parameters() -> Iterator[inspect.Parameter]:
    for name, option in options_of(Options).items():
        if (model := _model_of(name)) is None:
            yield _parameter(name, option, Options, name, option)
        else:
            for part, part_option in options_of(model).items():
                yield _parameter(f"{option.prefix}_{part}", part_option, model, part, option)


def _parameter(name: str, option: Option, model: type[BaseModel], field: str, listed: Option) -> inspect.Parameter:
    kind = _kind_of(model.model_fields[field].annotation)
    # Named in full, because Typer would give a bool a second option, `--no-...`.
    flag = f"--{name.replace('_', '-')}"
    info = typer.Option(flag, metavar=option.metavar, help=option.help, rich_help_panel=listed.group)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=model.model_fields[field].get_default(),
        annotation=Annotated[bool if kind is bool else kind | None, info],
    )


def _model_of(name: str) -> type[BaseModel] | None:
    kind = _kind_of(Options.model_fields[name].annotation)
    return kind if issubclass(kind, BaseModel) else None


def _kind_of(annotation: Any) -> type[Any]:
    """Return the plain type of a field: without `None`, without the rules that stand in `Annotated`."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType] or [annotation]
    kind = kinds[0]
    plain: Any = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    # Several values are one text on the command line, which the field's own rule reads.
    return str if get_origin(plain) is tuple else plain
