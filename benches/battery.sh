#!/usr/bin/env bash
# The battery over the keyed generator: the example's own tests over every order, then dieharder's over every order
# (Debian: apt-get install dieharder). The tables go to standard output; about a quarter of an hour of one core.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --quiet --example random_battery
battery=target/release/examples/random_battery

"$battery" test

if ! command -v dieharder >/dev/null; then
    echo "dieharder is missing: its tests are left out" >&2
    exit 0
fi
# Those that its list calls good, without the slow ones: ranks of 32 x 32 (the example has 64 x 64), squeeze, GCD, the
# runs and the serial test of STS, generalised minimum distance, Kolmogorov-Smirnov's test of itself.
tests=(0 1 3 4 8 9 10 11 12 15 16 100 202 203 205 206 207 208 209)
view=${VIEW:-words}
echo
echo "| order ($view) | bytes | tests | p-values | least | greatest | weak | failed |"
echo "|---|---|---|---|---|---|---|---|"
for order in $("$battery" orders); do
    values=$(mktemp)
    counts=$(mktemp)
    for test in "${tests[@]}"; do
        # Field 1 the test's name, 4 the p-value, 5 the verdict. The writer ends when its reader has had enough.
        "$battery" words "$order" "$view" 2>>"$counts" |
            dieharder -g 200 -d "$test" -D test_name -D ntuple -D tsamples -D psamples -D pvalues -D assessment -c '|' |
            tr -d ' ' >>"$values" || true
    done
    bytes=$(awk '{ sum += $3 } END { printf "%.1fe9", sum / 1e9 }' "$counts")
    awk -F '|' -v order="$order" -v bytes="$bytes" -v tests="${#tests[@]}" '
        BEGIN { least = 1; greatest = 0 }
        NF >= 6 { n++; p = $5 + 0; if (p < least) least = p; if (p > greatest) greatest = p
                  if ($6 == "WEAK") weak = weak " " $1 "(" p ")"; if ($6 == "FAILED") failed = failed " " $1 }
        END { printf "| %s | %s | %d | %d | %.1e | 1 - %.1e | %s | %s |\n", order, bytes, tests, n, least, 1 - greatest,
                     weak == "" ? "none" : weak, failed == "" ? "none" : failed }' "$values"
    rm -f "$values" "$counts"
done
