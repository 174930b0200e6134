"""Production on a schedule: its steps, one run of them, and the Prefect flows that repeat it."""
