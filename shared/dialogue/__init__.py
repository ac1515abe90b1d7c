"""What to do next: the session's state machine, the plan for the business's goals, the calls to action. Pure."""
