"""Carriers: wire formats in, observations out; no network, no clock, no chance."""
