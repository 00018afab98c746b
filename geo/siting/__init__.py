"""Where to build next: which sites of many serve most, by how much, and how good that provably is."""
