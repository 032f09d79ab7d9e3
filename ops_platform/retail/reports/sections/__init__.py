"""The sections of the administrative report, a file each: what they look at, and their blocks."""
