"""Pure: what boxes said and what time it is, to what is true of boxes and airings."""
