"""Sound as files: content by its hash, intake of any upload, speech. Knows no speakers or schedules."""
