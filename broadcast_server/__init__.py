"""The station: library, schedule, fleet of boxes, and the faces people use."""
