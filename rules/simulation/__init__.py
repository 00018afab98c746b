"""Events replayed through a draft and through what is in force."""
