"""What a member is told of: which reminders she wants."""
