"""How fast, how fair, and at what cost: lessonhook beside what else would do its job. `python -m bench --help`."""
