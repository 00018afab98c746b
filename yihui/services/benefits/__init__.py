"""What members get: benefits, vouchers, points, draws, sessions, claims and appeals."""
