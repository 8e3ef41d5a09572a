#!/usr/bin/env bash
# run.sh [pytest arguments…]: installs what the tests need, then linters, types, contracts and all tests.
# Without arguments the tests go in three lanes: one computes, two mostly wait for loudspeakers and sockets. Whoever is
# done with its own helps the others, so that no list of minutes has to be kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/setup.sh mosquitto iproute2 procps gcc libc6-dev chromium icecast2 libasound2-data
export PATH="$PWD/.venv/bin:$PATH"
echo "== ruff"
ruff check .
ruff format --check .
types_and_contracts() {
    echo "== mypy" && mypy && echo "== import-linter" && lint-imports
}
if (($#)); then
    types_and_contracts
    exec pytest "$@"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Pieces, each one run of pytest, the longest first. A folder that is not named here computes.
waits=(
    tests/app "tests/village/test_[f-k]*.py" tests/server_fleet "tests/village/test_[t-z]*.py"
    "tests/village/test_[l-s]*.py" "tests/village/test_e*.py" "tests/village/test_[a-d]*.py" tests/relay "tests/live tests/link"
)
computes=(tests/speaker_client tests/faces tests/audio_library tests/simulation)
for folder in tests/*/; do
    folder=${folder%/}
    if [[ " ${waits[*]} ${computes[*]} " != *" $folder"[\ /]* ]] && compgen -G "$folder/test_*.py" >"$work/found"; then
        computes+=("$folder")
    fi
done
printf '%s\n' "${waits[@]}" >"$work/waits"
printf '%s\n' "${computes[@]}" >"$work/computes"

# take MINE OTHERS: the next piece of my list, the last of the others' when mine is done, nothing when both are.
take() (
    flock 9
    if [[ -s $work/$1 ]]; then
        head -n 1 "$work/$1"
        sed -i 1d "$work/$1"
    else
        tail -n 1 "$work/$2"
        sed -i '$d' "$work/$2"
    fi
) 9>"$work/taking"

FAILURES=1 # pytest's own word: tests ran and some failed; anything else is not healed by asking again
MOST_AGAIN=5

# run PIECE [arguments…]: pytest, which remembers what failed.
run() { pytest $1 -o cache_dir="$work/cache/${1//[^a-z]/_}" "${@:2}"; }

# Three lanes on two cores are a busier machine than any station, and the tests of real time suffer from it. The few
# that failed are asked once more with the machine to themselves. What fails then too is red; both answers are shown.
ask_again() {
    local piece red=0
    (($(cat "$work"/cache/*/v/cache/lastfailed | grep -c '": true') <= MOST_AGAIN)) || return 1
    while read -r piece; do
        echo "== failed in the crowd, once more alone: $piece"
        run "$piece" --last-failed --last-failed-no-failures none -v </dev/null || red=1
    done <"$work/again"
    ((red)) || echo "== green, though asked again: $(tr '\n' ' ' <"$work/again")"
    return "$red"
}

lane() {
    local piece log
    log=$(mktemp -p "$work")
    while piece=$(take "$1" "$2") && [[ -n $piece ]]; do
        echo "== begun: $piece"
        run "$piece" --durations=5 >"$log" 2>&1 || { [[ $? -eq $FAILURES ]] && echo "$piece" >>"$work/again"; } || touch "$work/failed"
        echo "$piece" >>"$work/done"
        flock "$work/telling" cat - "$log" <<<"== done: $piece"
    done
}

lane waits computes &
lane waits computes &
types_and_contracts || touch "$work/failed"
lane computes waits
wait
[[ ! -e $work/again ]] || ask_again || touch "$work/failed"
[[ ! -e $work/failed && $(wc -l <"$work/done") -eq $((${#waits[@]} + ${#computes[@]})) ]]
