"""Who gets it where there is not enough: lotteries, rankings, waiting lists."""
