"""M1 and M2 in SimPy: `python simpy_models.py MODEL CONSIGNMENTS SEED` prints one line of figures.

A process for each consignment, a Resource for each station, as in SimPy's own examples. Minutes.
"""

import math
import random
import sys
import time

import simpy

WARM_UP = 1440.0  # Consignments that enter before this are not measured.


def exponential(mean):
    return lambda: random.expovariate(1.0 / mean)


def lognormal(mean):
    """By its mean; the log-SD is 0.5, so that the mean of the logarithm is ln(mean) - 0.5^2 / 2."""
    mu = math.log(mean) - 0.125
    return lambda: random.lognormvariate(mu, 0.5)


class Tally:
    def __init__(self):
        self.left = self.measured = 0
        self.stays = self.journeys = 0.0


def serve(env, station, service):
    with station.request() as request:
        yield request
        yield env.timeout(service())


def consignment(env, sites, transit, parallel, tally):
    entered = env.now
    stayed = 0.0
    for number, site in enumerate(sites):
        if number > 0:
            yield env.timeout(transit())
        arrived = env.now
        if parallel:
            yield env.all_of([env.process(serve(env, *station)) for station in site])
        else:
            for station in site:
                yield from serve(env, *station)
        stayed += env.now - arrived
    tally.left += 1
    if entered >= WARM_UP:
        tally.measured += 1
        tally.stays += stayed
        tally.journeys += env.now - entered


def source(env, consignments, interval, sites, transit, parallel, tally):
    for _ in range(consignments):
        yield env.timeout(interval())
        env.process(consignment(env, sites, transit, parallel, tally))


def main():
    model, consignments, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(seed)
    env = simpy.Environment()
    if model == "m1":
        interval = exponential(1.0 / 3.6)
        sites = [[(simpy.Resource(env, capacity=4), exponential(1.0))]]
    else:
        interval = exponential(1.0)
        laws = [lognormal(1.6), lognormal(1.6), exponential(1.6), exponential(1.6)]
        sites = [[(simpy.Resource(env, capacity=2), law) for law in laws] for _ in range(3)]
    tally = Tally()
    parallel = model == "m2-parallel"
    env.process(source(env, consignments, interval, sites, lognormal(10.0), parallel, tally))
    started, cpu = time.perf_counter(), time.thread_time()
    env.run()
    seconds, cpu = time.perf_counter() - started, time.thread_time() - cpu
    assert tally.left == consignments
    print(
        f"tool=simpy model={model} consignments={consignments} seconds={seconds} cpu={cpu}"
        f" stay={tally.stays / tally.measured} journey={tally.journeys / tally.measured}"
    )


if __name__ == "__main__":
    main()
