"""From sources to an index: crawl, parse, chunk, embed, publish. Runs in its own process, never in a request."""
