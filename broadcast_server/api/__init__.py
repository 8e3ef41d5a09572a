"""HTTP: one router a noun; thin, what they do is in the use cases."""
