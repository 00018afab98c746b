"""members.statistics: members and their movements, counted and listed, with small cells hidden."""
