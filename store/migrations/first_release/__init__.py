"""The schema of the first release, frozen: later changes are migrations of their own."""
