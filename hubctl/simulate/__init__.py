"""Simulation: what a synthesized stack would do to users and costs, with the scaling engine in imagined time."""
