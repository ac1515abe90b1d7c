"""Session stores: Redis, memory, and Redis with memory behind it. One contract, one test suite."""
