"""Sound as arrays: mu-law, sample rates, media messages, who is speaking. Pure numpy; no sockets, no clocks."""
