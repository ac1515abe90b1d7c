"""Simulated traffic: businesses, their visitors and callers, and a loader. Nothing here talks to a model."""
