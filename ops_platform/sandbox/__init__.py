"""Stand-ins on this machine for the outside systems, over real HTTP, with a log and faults that can be switched on.

Nothing here is used by the platform's own work; it is what the demo, a trial (`ops sandbox`) and tests talk to. A new
stand-in is one `Service` (service.py) with its state and routes; log, faults and the index page come with the frame.
"""
