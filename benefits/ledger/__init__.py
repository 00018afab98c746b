"""What is promised and granted: within which bounds, posted how, out of which budget."""
