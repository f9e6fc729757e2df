"""What `CELERY_CONFIG_MODULE` names in an LMS: its own broker, and settings that ours must not take over."""

import os

broker_url = os.environ["SCHOOL_BROKER_URL"]
broker_transport_options = {"global_keyprefix": ""}
task_compression = "gzip"
task_protocol = 1
