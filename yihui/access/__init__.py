"""Who may do what: officers, their accounts, roles and sessions, and the log of what they did."""
