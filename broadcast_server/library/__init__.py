"""The library: what comes in, how it becomes a recording, and the recordings."""
