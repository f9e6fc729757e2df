"""The settings of a lane that few people need: their types, rules and descriptions. `Settings` has their defaults."""

from typing import Annotated

from pydantic import Field

BackfillPerSecond = Annotated[
    float,
    Field(
        ge=0.1,
        le=100,
        description="How many completions of the past, which `send_completion.backfill` recorded, are sent to one "
        "subscriber in a second, at most. A subscription's `max_per_second` holds as well.",
    ),
]
