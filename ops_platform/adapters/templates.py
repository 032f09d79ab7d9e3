"""Texts and pages from templates/: one folder a message, rendered by Jinja2.

No wording belongs here. In .html values are escaped, in .txt they stand as they are; a value a template names and
nobody gave is an error: a page with holes in it looks finished.
"""

from __future__ import annotations

import functools
import traceback
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)

from ops_platform.core import wording
from ops_platform.core.text_tables import text_table, wrapped
from ops_platform.paths import templates_dir

_LINKS: Final = ("https://", "http://", "mailto:", "tel:")


class TemplateProblemError(Exception):
    """A template cannot be used; the text names its file and line and says what is wrong there."""


def render(name: str, **values: Any) -> str:
    """Return a template of templates/ (such as `report/vehicles_status/body.html`) filled with values.

    Errors: jinja2.TemplateNotFound, jinja2.UndefinedError.
    """
    return _environment(templates_dir()).get_template(name).render(**values)


def render_told(name: str, values: dict[str, Any], folder: Path | None = None) -> str:
    """As `render`, with every error told as TemplateProblemError. folder: another templates/."""
    base = folder or templates_dir()
    try:
        return _environment(base).get_template(name).render(values)
    except TemplateNotFound as error:
        raise TemplateProblemError(f"there is no template templates/{error.name}") from None
    except TemplateSyntaxError as error:
        raise TemplateProblemError(f"templates/{error.name} line {error.lineno}: {error.message}") from None
    except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise TemplateProblemError(f"{_place(error, base, name)}: {error}") from None


def _place(error: Exception, base: Path, name: str) -> str:
    """Where in the templates it happened: Jinja2 puts their files and lines into the traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(base):
            return f"templates/{Path(frame.filename).relative_to(base).as_posix()} line {frame.lineno}"
    return f"templates/{name}"


@functools.cache
def _environment(folder: Path) -> Environment:
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "shown": wording.shown,
        "tone": wording.tone,
        "is_number": wording.is_number,
        "phone_url": wording.phone_url,
        "wrapped": wrapped,
        "link": _link,
        "one_line": _one_line,
    }
    found.globals["text_table"] = text_table
    return found


def _link(url: Any) -> str:
    """A link as it is. Errors: ValueError for one that a reader's program might run instead of open."""
    text = str(url)
    if not text.lower().startswith(_LINKS) or any(each.isspace() for each in text):
        raise ValueError(f"{text[:60]!r} is no link; one begins with {', '.join(_LINKS)}")
    return text


def _one_line(value: Any) -> str:
    """A text of others for a subject: blanks and line ends of any kind are one blank, other control characters none."""
    return " ".join("".join(each if each.isprintable() or each.isspace() else "" for each in str(value)).split())
