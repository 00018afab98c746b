"""Files that users hand in or receive."""
