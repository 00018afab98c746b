"""Made-up data of Shandong, all of it marked 示例: a register, members, their events, and officers' files.

The same seed gives the same files, byte for byte. Demo, tests and benchmarks use them.
"""
