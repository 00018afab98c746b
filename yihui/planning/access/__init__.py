"""Access: how the capacity of open places is shared among the people who can reach them."""
