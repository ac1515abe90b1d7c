"""How well the assistant understands, measured on public data: `python -m local.evals`."""
