"""Scenarios: what changed stations would mean for an area, compared with today."""
