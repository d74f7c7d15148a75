"""`python -m evals.bench [BENCH] [OPTIONS]`; `make bench BENCH="load --minutes 1"`.

Without a name: latency over the samples, a few minutes, and how to run the others.
"""

import signal
import sys
from importlib import import_module

BENCHES = ("latency", "load", "soak", "ingest", "page", "visitors", "idle", "phases", "fairness", "long")
OTHERS = """
Others (make bench BENCH="NAME OPTIONS"; NAME --help tells the options):
  latency                       every question of the file, not one in five
  load                          one client, then eight, then half of them cancelling: about 15 minutes
  soak                          an hour of asking, adding, removing and cancelling
  ingest --add FOLDER:60 --beside FOLDER   characters a second, and answering beside it: about 10 minutes
  page --count 20               how soon the page shows what the API has, in headless Chromium
  visitors --stub 2             200 visitors who open the page and ask at once, and the server's health meanwhile
  idle --page                   processor time of a server that nobody asks, here with the page open in headless Chromium
  phases                        searching without the model
  fairness                      how soon a small file is indexed beside another key's hostile archive: some minutes
  long                          one document of 1.5 million characters against a short one, without any model: a minute
"""


def main() -> None:
    name, *options = sys.argv[1:] or ["latency", "--every", "5"]
    # Ended from outside, a bench still ends its server and removes its copies.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if name not in BENCHES:
        sys.exit(f"no bench {name!r}; there are: {', '.join(BENCHES)}")
    import_module(f"evals.bench.{name}").main(options)  # only this one: page needs the packages for development
    if len(sys.argv) == 1:
        sys.stdout.write(OTHERS)


if __name__ == "__main__":
    main()
