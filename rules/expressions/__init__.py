"""What an officer writes as a condition or an amount: read, proven, evaluated exactly."""
