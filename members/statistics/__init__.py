"""members.statistics: members and their movements, counted and listed, rounded for readers outside the subtree."""
