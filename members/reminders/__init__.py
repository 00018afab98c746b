"""Reminders to members before something ends: their queue, members' choices, and quiet hours."""
