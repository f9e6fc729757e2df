"""Starts Flower with the Subscribers page; options and `FLOWER_…` variables are Flower's own."""

import atexit
import signal
import sys
from contextlib import suppress

from flower import command
from flower.app import Flower
from flower.urls import settings
from tornado.options import options

from lessonhook.console.access import open_producer
from lessonhook.console.exits import explained
from lessonhook.console.flower_page.application import add_pages
from lessonhook.worker import app


def main() -> None:
    """Serve until Ctrl-C or SIGTERM, in the steps of `celery flower`, which has no place to add a page in."""
    command.apply_env_options()
    command.apply_options(sys.argv[0], sys.argv[1:])
    command.extract_settings()
    command.setup_logging()
    flower = Flower(capp=app, options=options, **settings)
    with explained():
        add_pages(flower, open_producer())
    atexit.register(flower.stop)
    signal.signal(signal.SIGTERM, command.sigterm_handler)
    port = flower.start_http_server()
    command.print_banner(app, "ssl_options" in settings, port)
    with suppress(KeyboardInterrupt, SystemExit):
        flower.start()


if __name__ == "__main__":
    main()
