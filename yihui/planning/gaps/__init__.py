"""Gaps: areas without an open place within reach, with names and hours."""
