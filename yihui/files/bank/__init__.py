"""Files exchanged with the bank. A configuration describes them; accounts are stored nowhere else."""
