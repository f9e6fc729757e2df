"""What an error reporter that keeps local variables (Sentry, rich) sees of an error."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def frames_of(error: BaseException, *, without: str) -> str:
    """Return the local variables of each frame that the error and its causes passed, but for those of one file."""
    seen: list[str] = []
    chain: list[BaseException] = [error]
    for each in chain:
        chain += [cause for cause in (each.__cause__, each.__context__) if cause is not None and cause not in chain]
        trace: TracebackType | None = each.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename != without:
                seen += [
                    f"{trace.tb_frame.f_code.co_qualname} {name}={value!r}"
                    for name, value in trace.tb_frame.f_locals.items()
                ]
            trace = trace.tb_next
    return "\n".join(seen)
