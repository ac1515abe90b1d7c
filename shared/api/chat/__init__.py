"""The chat function's API: what the widget and other clients call."""
