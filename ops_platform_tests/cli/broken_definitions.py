"""Definitions that cannot be loaded, as after an unlucky edit."""

raise RuntimeError("this module is broken on purpose")
