"""A phone call as a state machine: what happened goes in, what to do comes out. No I/O, no clock, no task."""
