"""Assets, checks, job and schedules of the retail business, made from retail/registry.py: a new automation needs none.

Rules live in ops_platform.retail, reading and writing in flows.retail; what belongs here is how Dagster shows them.
"""
