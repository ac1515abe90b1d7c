"""Processes of their own: knowledge builds and migrations. Entry points, like the functions."""
