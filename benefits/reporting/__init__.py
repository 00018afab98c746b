"""What became of it, and why: for members and officers."""
