"""The real cores of station and boxes in a made-up world: clock, network, disk, sound and people come from a seed."""
