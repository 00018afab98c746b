"""What lower levels make of a rule, within what it allows."""
