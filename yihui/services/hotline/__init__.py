"""Cases and articles of the hotline 12351."""
