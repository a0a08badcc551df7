"""M1 and M2 serial in Ciw: `python ciw_models.py MODEL CONSIGNMENTS SEED` prints one line of figures.

A node for each station and for each road (with servers without number), served one after the other. Ciw sends a customer
to one node at a time and has no fork and join: M2 parallel is not written. Minutes.
"""

import math
import sys
import time

import ciw

WARM_UP = 1440.0  # Consignments that enter before this are not measured.


def exponential(mean):
    return ciw.dists.Exponential(rate=1.0 / mean)


def lognormal(mean):
    """By its mean; the log-SD is 0.5, so that the mean of the logarithm is ln(mean) - 0.5^2 / 2."""
    return ciw.dists.Lognormal(mean=math.log(mean) - 0.125, sd=0.5)


def main():
    model, consignments, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if model == "m1":
        interval, services, servers, roads = exponential(1.0 / 3.6), [exponential(1.0)], [4], set()
    elif model == "m2-serial":
        interval = exponential(1.0)
        site = [lognormal(1.6), lognormal(1.6), exponential(1.6), exponential(1.6)]
        road = [lognormal(10.0)]
        services = site + road + site + road + site
        servers = [2] * 4 + [math.inf] + [2] * 4 + [math.inf] + [2] * 4
        roads = {5, 10}
    else:
        sys.exit(f"no model {model} in Ciw: it has no fork and join")
    nodes = len(services)
    onward = [[1.0 if to == at + 1 else 0.0 for to in range(nodes)] for at in range(nodes)]
    network = ciw.create_network(
        arrival_distributions=[interval] + [None] * (nodes - 1),
        service_distributions=services,
        number_of_servers=servers,
        routing=onward,
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    started, cpu = time.perf_counter(), time.thread_time()
    simulation.simulate_until_max_customers(consignments)
    seconds, cpu = time.perf_counter() - started, time.thread_time() - cpu

    measured, stays, journeys = 0, 0.0, 0.0
    for customer in simulation.nodes[-1].all_individuals:
        records = customer.data_records
        entered = records[0].arrival_date
        if entered >= WARM_UP:
            journey = records[-1].exit_date - entered
            measured += 1
            journeys += journey
            stays += journey - sum(r.service_time for r in records if r.node in roads)
    print(
        f"tool=ciw model={model} consignments={consignments} seconds={seconds} cpu={cpu}"
        f" stay={stays / measured} journey={journeys / measured}"
    )


if __name__ == "__main__":
    main()
