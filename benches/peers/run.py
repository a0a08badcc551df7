#!/usr/bin/env python3
"""M1 and M2 in SimPy, Ciw, nexosim, by hand and in corridor: the same models, their means compared, one ratio table.

    benches/peers/run.py                     all of it, three rounds of 100,000 consignments
    benches/peers/run.py --write             and renews the tables of docs/performance.md
    benches/peers/run.py --consignments 20000 --rounds 1      a quick look

It installs the pinned peers under target/peers (PyPI and crates.io must be reachable the first time).
Exit code 1: a mean is not what the others say. What is measured is in README.md beside this file.
"""

import argparse
import math
import os
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "peers"
PYTHON = WORK / "venv" / "bin" / "python"
NEXOSIM = WORK / "nexosim" / "release" / "corridor-peer-nexosim"
DOCS = ROOT / "docs" / "performance.md"

MODELS = ["m1", "m2-serial", "m2-parallel"]
EVENTS_EACH = {"m1": 2, "m2-serial": 15, "m2-parallel": 15}  # Logical events a consignment.
# M1 has few events a consignment, and a mean that varies much.
TIMES = {"m1": 5, "m2-serial": 1, "m2-parallel": 1}
# Ciw is slow.
CIW_FEWER = 5
OURS = ["corridor-events", "corridor-auto"]
PEERS = ["nexosim", "simpy", "ciw"]
# Replications of ours a round: their standard deviation is the scale of every comparison.
OURS_A_ROUND = 10
WANTED = {"simpy": 130, "nexosim": 13}


class Failed(Exception):
    """Something could not be done; the text says what and why."""


def call(what, command, **options):
    """Runs a command; its standard output, or a failure that shows what it said."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except OSError as error:
        raise Failed(f"{what} failed: {error}") from error
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()[-15:]
        raise Failed(f"{what} failed ({done.returncode}):\n    " + "\n    ".join(said))
    return done.stdout


def say(text):
    print(text, file=sys.stderr, flush=True)


def install():
    """The peers, pinned, under target/peers."""
    wanted = (HERE / "requirements.txt").read_text()
    stamp = WORK / "venv" / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        say("installing SimPy and Ciw from PyPI ...")
        WORK.mkdir(parents=True, exist_ok=True)
        call("making a virtual environment (is python3-venv installed?)", [sys.executable, "-m", "venv", WORK / "venv"])
        what = "installing SimPy and Ciw from PyPI (is this machine offline? the first run needs PyPI)"
        call(what, [PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"])
        stamp.write_text(wanted)
    say("building nexosim ...")
    what = "building nexosim (is this machine offline? the first run needs crates.io)"
    build = ["cargo", "build", "--release", "--locked", "--manifest-path", HERE / "nexosim" / "Cargo.toml"]
    call(what, [*build, "--target-dir", WORK / "nexosim"])
    say("building corridor's bench ...")
    call("building corridor's bench", ["cargo", "bench", "--bench", "models", "--no-run"], cwd=ROOT)


def ours(model, first, consignments):
    command = ["cargo", "bench", "--quiet", "--bench", "models", "--", "--figures"]
    return call("corridor", [*command, model, str(first), str(OURS_A_ROUND), str(consignments)], cwd=ROOT)


def peer(tool, model, consignments, seed):
    program = [NEXOSIM] if tool == "nexosim" else [PYTHON, HERE / f"{tool}_models.py"]
    return call(f"{tool} {model}", [*program, model, str(consignments), str(seed)])


class Runs:
    """All runs of one tool in one model."""

    def __init__(self):
        self.ns, self.consignments, self.stays, self.journeys = [], [], [], []

    def add(self, line):
        consignments = int(line["consignments"])
        seconds = float(line["cpu"]) or float(line["seconds"])
        self.ns.append(1e9 * seconds / (consignments * EVENTS_EACH[line["model"]]))
        self.consignments.append(consignments)
        self.stays.append(float(line["stay"]))
        self.journeys.append(float(line["journey"]))

    def __len__(self):
        return len(self.ns)


def measure(options):
    runs = defaultdict(Runs)

    def take(text):
        for text_line in text.splitlines():
            if text_line.startswith("tool="):
                line = dict(pair.split("=", 1) for pair in text_line.split())
                runs[line["tool"], line["model"]].add(line)

    for number in range(options.rounds):
        for model in MODELS:
            consignments = options.consignments * TIMES[model]
            say(f"round {number + 1} of {options.rounds}: {model}")
            take(ours(model, number * OURS_A_ROUND, consignments))
            for tool in PEERS:
                if tool == "ciw" and model == "m2-parallel":
                    continue
                fewer = CIW_FEWER if tool == "ciw" else 1
                take(peer(tool, model, consignments // fewer, number + 1))
    return runs


def erlang_c(arrivals, service, servers):
    """The mean stay of M/M/c."""
    load = arrivals * service
    below = sum(load**k / math.factorial(k) for k in range(servers))
    last = load**servers / math.factorial(servers) / (1 - load / servers)
    return service + last / (below + last) * service / (servers - load)


def check(runs):
    """The means against each other and against Erlang C: lines, and whether all is well."""
    lines, well = [], True
    for model in MODELS:
        # Both kernels give the same means, and the textbook loop's are asserted equal by the bench.
        base = runs["corridor-events", model]
        n = statistics.mean(base.consignments)

        def compare(tool, what, mean, other, spread):
            nonlocal well
            # Four standard deviations of the difference.
            good = abs(mean - other) <= 4 * spread
            well &= good
            verdict = "ok" if good else "WRONG"
            lines.append(f"{model:<12} {tool:<16} {what:<8} {mean:9.4f} {other:9.4f} {4 * spread:9.4f}  {verdict}")

        for tool in [*OURS, "textbook", *PEERS]:
            there = runs.get((tool, model))
            if there is None:
                continue
            # A run of fewer consignments has a mean that varies more.
            longer = n / statistics.mean(there.consignments)
            for what, mine, theirs in (("stay", base.stays, there.stays), ("journey", base.journeys, there.journeys)):
                if model == "m1" and what == "journey":
                    continue  # In corridor's scenario the exit is a minute away.
                if tool in ("corridor-auto", "textbook"):
                    same = mine == theirs
                    well &= same
                    verdict = "the same" if same else "WRONG: not the same"
                    lines.append(f"{model:<12} {tool:<16} {what:<8} {statistics.mean(theirs):9.4f} {'':>19}  {verdict}")
                elif tool in PEERS:
                    spread = statistics.stdev(mine) * math.sqrt(longer / len(theirs) + 1 / len(mine))
                    compare(tool, what, statistics.mean(theirs), statistics.mean(mine), spread)
            if model == "m1" and tool not in ("corridor-auto", "textbook"):
                spread = statistics.stdev(base.stays) * math.sqrt(longer / len(there))
                compare(tool, "Erlang C", statistics.mean(there.stays), erlang_c(3.6, 1.0, 4), spread)
    head = f"{'model':<12} {'tool':<16} {'mean':<8} {'minutes':>9} {'should be':>9} {'within':>9}"
    return [head, *lines], well


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(runs):
    """The ratio table, in Markdown: ns per logical event, and how many times ours by the Auto kernel."""
    rows = ["| | M1 | M2 serial | M2 parallel |", "|---|---|---|---|"]
    names = {
        "corridor-auto": "corridor, kernel `auto`",
        "corridor-events": "corridor, kernel `events`",
        "textbook": "textbook loop",
        "nexosim": f"nexosim {version('nexosim')}",
        "simpy": f"SimPy {version('simpy')}",
        "ciw": f"Ciw {version('ciw')}",
    }
    for tool, name in names.items():
        cells = []
        for model in MODELS:
            there = runs.get((tool, model))
            if there is None:
                cells.append("-")
                continue
            ns = statistics.median(there.ns)
            ratio = ns / statistics.median(runs["corridor-auto", model].ns)
            cells.append(f"{number(ns)} ns ({number(ratio)})")
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def targets(runs):
    lines = []
    for tool, least in WANTED.items():
        for model in MODELS:
            ratio = statistics.median(runs[tool, model].ns) / statistics.median(runs["corridor-auto", model].ns)
            met = "met" if ratio >= least else "not met"
            lines.append(f"{tool}, {model}: {ratio:.1f} times ours, wanted {least}: {met}")
    return lines


def version(tool):
    if tool == "nexosim":
        return re.search(r'nexosim = "=(.*)"', (HERE / "nexosim" / "Cargo.toml").read_text()).group(1)
    return re.search(rf"{tool}==(.*)", (HERE / "requirements.txt").read_text()).group(1)


def described(options):
    return (
        f"Median of {options.rounds} runs (corridor and the textbook loop: {options.rounds * OURS_A_ROUND}) over"
        f" {options.consignments:,} consignments (M1: {options.consignments * TIMES['m1']:,}; Ciw: one in {CIW_FEWER}"
        f" of these); processor time of one thread on a machine of"
        f" {os.cpu_count()} cores; {call('rustc', ['rustc', '--version']).split(' (')[0]}, Python"
        f" {sys.version.split()[0]}. In brackets: times the first row."
    )


def write(rows, about):
    """Renews what is between the marks in docs/performance.md."""
    begin, end = "<!-- peers: written by benches/peers/run.py -->", "<!-- end of peers -->"
    text = DOCS.read_text()
    if begin not in text or end not in text:
        raise Failed(f"{DOCS} has no marks `{begin}` and `{end}`")
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    DOCS.write_text(before + begin + "\n" + "\n".join([about, "", *rows]) + "\n" + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consignments", type=int, default=100_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="runs of each peer")
    parser.add_argument("--write", action="store_true", help="renew the table of docs/performance.md")
    options = parser.parse_args()
    if options.consignments < 20_000 or options.rounds < 1:
        parser.error("20,000 consignments at least (a tenth of Ciw's are its warm-up then), and one round")
    try:
        install()
        runs = measure(options)
        lines, well = check(runs)
        rows, about = table(runs), described(options)
        print(*lines, "", about, *rows, "", *targets(runs), sep="\n")
        if not well:
            raise Failed("the means do not agree: see WRONG above")
        if options.write:
            write([*rows, "", *(f"- {line}" for line in targets(runs))], about)
    except Failed as failure:
        say(f"error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
