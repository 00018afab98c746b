"""Cases, and what helps to answer them: a folder for each noun."""
