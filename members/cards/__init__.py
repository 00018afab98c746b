"""Electronic member cards: their numbers, their life, and whether one is in force."""
