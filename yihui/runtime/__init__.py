"""Settings, error mapping, background jobs, observability and health."""
