"""A text that steers a terminal and turns lines around, for every field in which somebody may write one."""

#: One of each kind: a title, a cleared screen, a forged line, C1's CSI, DEL, a right-to-left override, a separator.
CANARY = "a\x1b]0;x\x07\x1b[2J\r\n\x9b31m\x7f\u202e\u2066\u2028\ufeffz"
STEERING = [each for each in CANARY if not each.isprintable()]


def raw_in(text: str) -> list[str]:
    """Return the steering characters that stand in an output; line ends are the writer's own."""
    return [each for each in STEERING if each != "\n" and each in text]
