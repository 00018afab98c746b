"""Polls of an organisation's members: created, closed and counted by officers, answered once by each member."""
