"""Applications of members for benefits that officers review, publish and confirm."""
