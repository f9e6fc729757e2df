"""Who runs a command, for the audit and the log of attempts."""

import os
import pwd
import socket


def shell_user() -> str:
    """Return the user of this process and the machine: `ada@host`, or `ada as root@host` behind sudo.

    The process's user id tells, and not a variable that its user could set; only sudo's own variable is believed.
    """
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        # A container's user may have no name.
        name = f"user {number}"
    caller = os.environ.get("SUDO_USER")
    return f"{f'{caller} as ' if caller and caller != name else ''}{name}@{socket.gethostname()}"
