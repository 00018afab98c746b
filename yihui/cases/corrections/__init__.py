"""Corrections of members' facts: what is recorded, what is right, and the paper that proves it."""
