"""Messages to members: what happened to them, and reminders through the operator's channel."""
