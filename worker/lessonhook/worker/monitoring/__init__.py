"""Health checks and Prometheus metrics of a worker."""
