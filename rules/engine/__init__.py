"""From an event and facts to what is due, and whether it can be granted."""
