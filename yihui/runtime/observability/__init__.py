"""Metrics and logs for operators. Nothing here changes the work of the application."""
