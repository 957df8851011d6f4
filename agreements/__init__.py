"""Agreements: who may accept what for whom, from when, by which clause, and who then decides."""
