"""A/B experiments, pure: who gets which arm (`bucketing`), and what the counts prove (`statistics`)."""
