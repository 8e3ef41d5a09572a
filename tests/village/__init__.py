"""The village: one real server, real boxes as processes, real sound."""
