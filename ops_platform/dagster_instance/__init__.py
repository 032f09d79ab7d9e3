"""What dagster.yaml names: where Dagster keeps its runs, its files and its one-daemon rule.

Belongs here: the classes that Dagster loads by name from dagster.yaml, and the environment every Dagster
process of the platform starts with. Assets, jobs and schedules do not (defs/), nor starting processes
(cli/services.py).
"""
