"""`python -m pipelines.flows.deploy POOL`: give the flows to a work pool of the server of PREFECT_API_URL.

Workers of the pool run them from then on, and nothing has to stay here. A worker needs the checkout, the environment
variables of the store and the model, and the feeds' files at the same paths.
"""

import argparse
from pathlib import Path

from prefect import deploy

from barometer.cli.flows import DEFAULT_SCHEDULE
from pipelines.flows.deployments import deployments
from pipelines.flows.once import told_plainly
from pipelines.flows.settings import load_production


def main(arguments: list[str] | None = None) -> None:
    """Create or change the deployments."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.flows.deploy", description=__doc__)
    parser.add_argument("pool", help="name of a work pool")
    parser.add_argument("--config", type=Path, default=DEFAULT_SCHEDULE, help="relative to the workers' folder")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="the checkout where workers run")
    options = parser.parse_args(arguments)
    with told_plainly():
        settings = load_production(options.config).settings
        of_process = {"working_dir": str(options.folder), "env": {"PYTHONPATH": str(options.folder)}}
        made = deployments(settings, options.config, job_variables=of_process, work_pool_name=options.pool)
        deploy(*made, work_pool_name=options.pool, build=False, push=False)


if __name__ == "__main__":
    main()
