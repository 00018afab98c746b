"""What becomes of a grant: claimed, ended, reversed, taken back, owed."""
