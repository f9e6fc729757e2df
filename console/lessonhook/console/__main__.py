"""`python -m lessonhook.console`: the command line where its script is not on the PATH."""

import sys

from lessonhook.console import main

sys.exit(main())
