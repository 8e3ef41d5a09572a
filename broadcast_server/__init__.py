"""The station: library, schedule, fleet of boxes, and the faces people use.

Packages by subject: `schedule` and `fleet` decide and touch nothing, `store` holds the tables, `library`, `live`,
`relay`, `feed`, `push`, `programmes` and `people` are what they are called; `api`, `commands`, `citizens` and `web` are
the faces. The modules beside them are use cases, named for what they do (`deploy/trails.md` follows five of them
through):

The process: `app` routers and background jobs; `station` one running station, put together; `serving` runs the server;
    `settings` all that can be set; `cli` the command; `clock` the station's timeline; `enduring` jobs outlast a failing
    database; `problem` a request that cannot be done.
A station's life: `founding` keys and first row; `opening` first people get in; `keeping` backup and restore;
    `recovering` goes on after a restore; `checkup` what may be wrong; `sampling` sample data made and removed;
    `samples` which of it goes; `holdings` what the station has; `ballast` room given up when the disk is full.
Timetable: `scheduling` programmes and rules changed; `rescheduling` this once, from then on, always; `tracing` changes
    taken back; `clash` what a change clashes with; `hushing` quiet hours; `planning` each cluster's next plan, signed;
    `airing_rows` its rows in the log; `programme_view` programmes as shown; `forecast` what will play; `agenda` what
    did, will and will not; `today` today on one screen.
Announcements: `announcing` sound or text goes on air; `framing` bells around it; `rehearsing` what it would come to;
    `recalling` called off; `retiring` put away when over; `previewing` heard on the phone first; `trying_out` a bell on
    one loudspeaker.
Texts and voices: `pronouncing` how this station reads; `reading_view` that reading shown; `lexicon_table` its
    dictionary as a table; `dissecting` documents opened; `document_view` their parts shown; `voicing` a person's
    phrases; `reciting` a person's notices; `take_desk` what was recorded is checked; `wording` titles and names.
Orders and stop: `ordering` emergency and drill given; `commanding` stop; `giving` signed, in inboxes and log; `signing`
    seals statements; `keys` private keys on disk; `script` what an order says; `dictation` text spoken at once;
    `sending_along` its sound goes with it; `insisting` said again until answered; `answering` a box's answer;
    `order_view` how an order stands; `shelving` templates' sounds in every box; `prepared` those that may be ordered;
    `template_voice` when they are made anew; `regaining` and when a better voice is asked again;
    `emergency_templates` those of a new station.
Live: `speaking` takes the floor, carries a voice; `archiving` keeps what was said; `web_socket` sockets to screens.
Relay: `relaying` relays on air, one pull for each; all else of them is in their package.
Boxes: `enrolling` let in by a code; `doorkeeping` who may come in; `configuring` told about itself; `outbox` who has
    news; `telling` hints of it; `bundling` all that is in force for one; `news` wakes who waits; `datagrams` the UDP
    port; `time_service` what time it is; `receiving` reports taken; `monitoring` who is there; `attending` and was
    when; `faulting` what is wrong; `places` villages, clusters, loudspeakers; `resting` clusters switched off;
    `fleet_view` the fleet as shown; `qr` codes to scan.
Broker: `carrying` the two lines to it; `speakers_mqtt` one line; `broker` the embedded one; `broker_auth` who comes in
    there; `broker_wire` one connection there; `broker_files` and `mosquitto_files` accounts for a Mosquitto beside.
Log: `entering` a box's journal into it; `logbook` rows to values; `evidence` how far an airing got; `airing_words` and
    that in words; `broadcast_log` airing by airing; `day_log` broadcast by broadcast; `log_table` as CSV; `remarking`
    what people add; `local_time` moments as people read them.
Watching: `feeding` the picture that screens watch; `noticing` what phones should know; `pushing` and tells them.
"""
