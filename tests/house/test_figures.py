"""Each bench ends in the keys by which its figures are followed from one release to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[1] / "bench"
FIGURES = {
    "ontime": "loudspeakers start_error_p50_ms start_error_p99_ms start_error_max_ms missed doubled",
    "ingest": "realtime_factor peak_rss_mb loudness_lufs true_peak_dbtp",
    "expand": "year_1000_rules_ms same_as_rrule growth_exponent",
    "traffic": "programme_hour_mb refetched_after_cut_kib idle_day_mb repeats_saved_pct",
    "footprint": "server_start_s server_rss_mb box_rss_mb box_cpu_pct",
    "faults": "runs lost_without_reason started_twice repeated_max_s",
    "emergency": "presses last_of_21_p50_ms last_of_21_p99_ms weak_last_of_21_p99_ms missed doubled fresh_text_p99_ms "
    "broker_dead_max_s stop_p99_ms",
    "live": "delay_p50_ms delay_p99_ms weak_delay_p50_ms weak_delay_p99_ms concealed_pct spread_p99_ms "
    "weak_spread_p99_ms underruns snapcast_delay_p50_ms snapcast_spread_p99_ms icecast_tuned_delay_p50_ms "
    "icecast_default_delay_p50_ms",
    "forge": "attacks obeyed crashes good_sent good_obeyed",
    "relaydeath": "cases fallback_max_s explained",
    "app": "cold_s warm_s first_load_kb_gzip precache_kb_gzip emergency_lazy_chunks idle_hour_kb",
    "touches": "emergency stop repeat_bulletin announce schedule_upload",
    "a11y": "screens serious_or_critical",
    "upload": "identical bytes_sent_pct",
    "ear": "texts",
    "speech": "first_sound_p50_ms realtime_factor normaliser_mb_per_s sentences corpus_right_pct sealed_right_pct",
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_bench_reports_its_figures_by_their_names(name: str) -> None:
    written = (BENCHES / f"{name}.py").read_text()
    assert [key for key in FIGURES[name].split() if f'"{key}"' not in written] == []


def test_every_bench_is_among_them() -> None:
    assert {file.stem for file in BENCHES.glob("*.py") if "__main__" in file.read_text()} == set(FIGURES)
