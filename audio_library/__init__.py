"""Sound as files: content by its hash, intake of whatever a phone makes, speech. Knows no speakers or schedules."""
