"""What members get: benefits, vouchers, points, draws, sessions and claims."""
