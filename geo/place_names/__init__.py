"""Find places by typed names: stations and districts of the register, and roads, crossings, houses and landmarks of an extract."""
