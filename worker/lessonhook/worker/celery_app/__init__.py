"""The worker's Celery application: its settings, its task, and what starts with it."""
