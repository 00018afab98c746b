"""An officer's own cases, and the lines that none of them touches."""
