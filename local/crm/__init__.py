"""Stand-ins for four CRMs and a shop's own API: real HTTP, the documented behaviour and its quirks. Start in app.py."""
