"""Allocation of scarce places: lotteries, rankings and waiting lists."""
