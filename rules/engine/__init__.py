"""Decide which benefits are due for an event and facts, and whether they can be granted."""
