"""Texts and pages from templates/: one folder a message, rendered by Jinja2.

No wording belongs here. Values are escaped for HTML, and a value a template names and nobody gave is an error: a page
with holes in it looks finished.
"""

from __future__ import annotations

import functools
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops_platform.paths import templates_dir


def render(name: str, **values: Any) -> str:
    """Return a template of templates/ (such as `report/vehicles_status/body.html`) filled with values.

    Errors: jinja2.TemplateNotFound, jinja2.UndefinedError.
    """
    return _environment().get_template(name).render(**values)


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
