"""A Django LMS's settings; Celery reads those that begin with `CELERY_`."""

import os

SECRET_KEY = "of this test alone"
INSTALLED_APPS: list[str] = []
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
CELERY_BROKER_URL = os.environ["SCHOOL_BROKER_URL"]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_IGNORE_RESULT = True
