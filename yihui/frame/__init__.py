"""How every door works, written once: acts, listings and pages of a noun, at the desk, as JSON and as commands."""
