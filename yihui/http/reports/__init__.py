"""What riders report, how they rest, and the news of it."""
