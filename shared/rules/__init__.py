"""The business's rules: conditions in CEL over a closed list of facts. Pure; start in `evaluate.run_rules`."""
