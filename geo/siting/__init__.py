"""Siting: which candidate sites serve the most demand, by how much, and how good the plan provably is.

Each name is imported from its own module, because most of them load scipy or HiGHS, which reading a proposal does not
need: ``from geo.siting.solve import solve_siting_task``.
"""
