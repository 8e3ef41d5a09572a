"""The text of a document that came as a file. Whatever has to be unpacked is unpacked in the cell."""
