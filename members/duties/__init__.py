"""The yearly cycle of an organisation (工会动态管理): what it owes by when, and what is recorded of it."""
