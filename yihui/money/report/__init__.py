"""The report on benefits: yuan and head-counts by benefit, county or month, and the moves behind each figure."""
