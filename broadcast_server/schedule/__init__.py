"""Pure: rules -> occurrences -> running order by the priority ladder, every removal with its reason."""
