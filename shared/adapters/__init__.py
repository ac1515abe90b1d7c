"""The only code that knows vendors: each module implements a port with one SDK. Decides nothing."""
