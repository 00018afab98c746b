"""What other programs are told of each step, and how a ruling is explained."""
