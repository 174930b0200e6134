"""Production on a schedule: the steps, what runs them once, and the Prefect flows that run them again and again."""
