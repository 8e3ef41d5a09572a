"""The officer's app, in a real Chromium against the real server.

What a browser must show of it, and where that is shown: tests by `file::name` from `tests/`, figures by their bench.
`test_checks.py` sees to it that all of them are there.

| | what must be shown | where |
|---|---|---|
| 1 | 360×800, 400 kbit/s, a processor four times slower: how soon the first screen is there, cold and warm | `bench.sh app`, `app/test_build.py::test_what_is_loaded_first_and_kept_is_small` |
| 2 | an emergency: three touches until it sounds | `bench.sh touches`, `village/test_app.py::test_three_touches_to_every_loudspeaker_one_to_silence_and_a_voice_is_heard` |
| 2 | a hold of 1.9 s, a finger that leaves, a tap within 700 ms: nothing is asked for | `app/test_emergency.py::test_nothing_short_of_a_whole_hold_by_one_finger_sounds_anything` |
| 2 | sent twice it sounds once | `app/test_emergency.py::test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key`, `programmes/test_ordering.py::test_many_presses_with_one_key_at_the_same_moment_are_one_order` |
| 2 | what has expired is refused, and nothing waits to be sent | `app/test_emergency.py::test_an_order_that_its_line_held_up_until_it_expired_is_refused_and_sounds_nothing`, `app/test_emergency.py::test_an_order_that_expired_before_it_could_be_sent_is_not_sent_when_the_line_is_back`, `app/test_emergency.py::test_an_order_nobody_answered_is_refused_in_words_and_held_for_anew_when_old`, `app/test_emergency.py::test_without_a_line_nothing_can_be_pressed_and_nothing_waits_to_be_sent`, `programmes/test_ordering.py::test_what_comes_too_late_is_not_given_unless_it_was_given_in_time` |
| 3 | of 21 loudspeakers one is lost and one silent: 19 are counted, both named, the others sound | `app/test_clusters.py::test_of_twenty_one_the_lost_and_the_silent_loudspeaker_are_named_and_the_others_sound`, `app/test_order_screen.py::test_who_does_not_play_and_who_is_not_heard_are_named_on_the_bar_and_under_the_number`, `village/test_emergency.py::test_twenty_loudspeakers_sound_while_the_box_of_the_twenty_first_hangs_and_is_named`, `village/test_evidence.py::test_a_loudspeaker_sounded_only_if_that_was_measured` |
| 4 | one touch on any screen stops | `bench.sh touches`, `app/test_speaking.py::test_only_a_whole_hold_opens_an_emergency_voice_and_one_touch_on_any_screen_ends_it`, `app/test_emergency.py::test_a_hold_of_two_seconds_sounds_once_shows_how_it_stands_and_each_stop_is_of_what_it_names` |
| 4 | how soon it is silent, and while one cluster hangs | `bench.sh emergency`, `village/test_app.py::test_three_touches_to_every_loudspeaker_one_to_silence_and_a_voice_is_heard` |
| 5 | a drill is nothing real | `app/test_emergency.py::test_a_drill_has_a_desk_a_colour_and_a_route_of_its_own`, `village/test_emergency.py::test_the_later_emergency_wins_and_a_drill_gives_way_and_is_nothing_real` |
| 6 | an upload outlives ten cuts and a killed app, to the last bit | `bench.sh upload`, `app/test_library.py::test_an_upload_outlives_lines_that_break_and_an_app_that_is_killed` |
| 7 | of a recording a crash takes two seconds at most | `app/test_library.py::test_what_was_recorded_before_a_crash_is_offered_and_can_be_sent` |
| 8 | a relay that is dead before its time is told of; fallback and reason | `app/test_relay_screen.py::test_a_dead_source_is_told_of_before_air_with_what_will_be_played_instead`, `village/test_relay.py::test_a_relay_is_heard_everywhere_and_its_fallback_when_the_source_dies`, `programmes/test_relays.py::test_the_log_tells_which_source_was_left_when_and_why` |
| 8 | … also on a phone that is put away, by a push | `app/test_notices_screen.py::test_a_relay_that_is_dead_before_air_rings_the_phone_and_leads_to_its_screen`, `push/test_noticing.py::test_a_relay_whose_source_is_dead_before_air_is_told_with_what_follows_and_that_it_is_well_again`, `push/test_served.py::test_a_running_station_tells_a_phone_of_a_dead_relay_and_of_an_alarm_within_seconds` |
| 9 | axe, both languages, day and night, 200 %, 320 px | `bench.sh a11y`, `village/test_tour.py::test_no_screen_breaks_a_rule_of_accessibility_or_size`, `village/test_tour.py::test_nothing_is_cut_off_on_a_small_phone_or_in_large_print` |
| 9 | by keys alone | `app/test_emergency.py::test_who_cannot_hold_types_two_digits`, `app/test_library.py::test_a_stretch_is_chosen_by_keys_and_buttons_and_becomes_a_recording` |
| 10 | every phrase in both languages (a type), none longer than its place | `app/test_build.py::test_types_and_markup_hold`, `village/test_tour.py::test_nothing_is_cut_off_on_a_small_phone_or_in_large_print` |
| 11 | the monthly report is the log's | open: there are no reports yet |
| 12 | a phone's clock that is an hour wrong changes nothing, and is told | `app/test_schedule.py::test_a_phone_whose_clock_is_an_hour_wrong_goes_by_the_station_s_and_says_so` |
| 13 | in the quiet hours what is only of priority is refused with the reason, and an emergency passes | `app/test_quiet_hours.py::test_a_priority_programme_at_ten_in_the_evening_is_refused_and_moved_to_the_morning`, `app/test_quiet_hours.py::test_in_the_night_a_text_waits_for_the_morning_and_an_emergency_sounds_at_once` |
"""  # noqa: E501
