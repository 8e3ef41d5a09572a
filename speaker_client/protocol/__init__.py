"""The wire between station and boxes: signed statements, reports, topics. Values only, no input or output.

Every message from the station is a `Statement` in a signed `Envelope`; every message from a box is signed
with the key that was born in it. All times are integer microseconds UTC on the station's timeline.
"""
