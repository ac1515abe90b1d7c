"""A/B experiments, pure: who gets which arm, the configuration with it, and what the counts prove (`judgement`)."""
