"""Tables, one file an aggregate, and the engine they live in."""
