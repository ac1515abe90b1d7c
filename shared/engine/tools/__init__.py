"""The functions a model may call: one file a subject. What a model says is checked here, never believed."""
