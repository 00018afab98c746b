"""What a rule may say, one noun each."""
