"""The worker function: what happens outside of a visitor's turn. A scheduler calls it; nobody else may."""
