"""A mail's three texts out of templates/email/<name>/: subject.txt, body.html with its styles in the tags, body.txt.

What belongs here: rendering a folder and what every mail's HTML has to keep to. What does not: wording (templates/),
headers, parts and addresses (mail_message.py).
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.templates import TemplateProblemError, render_told
from ops_platform.paths import templates_dir

LARGEST_HTML: Final = 100_000
"""Gmail shows about the first 102,000 bytes of a mail's HTML and hides the rest behind a link."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CID: Final = re.compile(r"""["'(]cid:([^"')\s]+)""")
_LONGEST_SUBJECT: Final = 200
_CONTROL: Final = frozenset({"Cc", "Zl", "Zp"})
"""Control characters and line ends of every alphabet."""
_FILES: Final = ("subject.txt", "body.html", "body.txt")


@dataclass(frozen=True)
class MailText:
    """One mail's texts. cids: the pictures that its HTML shows."""

    subject: str
    html: str
    text: str

    @property
    def cids(self) -> frozenset[str]:
        """Content-IDs that the HTML asks for."""
        return frozenset(_CID.findall(self.html))


@dataclass(frozen=True)
class Frame:
    """What the frame of every mail shows. postal: lines of an address; logo: whether a picture `logo` comes along."""

    store: str
    kind: str
    website: str = ""
    postal: tuple[str, ...] = ()
    logo: bool = False


def mail_names(folder: Path | None = None) -> list[str]:
    """The mails there are: folders in templates/email, sorted. folder: another templates/."""
    base = (folder or templates_dir()) / "email"
    return sorted(each.name for each in base.iterdir() if _NAME.fullmatch(each.name) and each.is_dir())


def render_mail_text(
    name: str, context: Mapping[str, Any], frame: Frame, pictures: Collection[str], folder: Path | None = None
) -> MailText:
    """Render a mail. context: JSON values; pictures: the Content-IDs that come along, the logo left out.

    Templates see the context, `mail` (the frame and the subject) and `pictures`. Errors: TemplateProblemError for an
    unknown mail, a value that is missing, a picture that does not come along, a subject of several lines, and HTML that
    is larger than LARGEST_HTML.
    """
    _check_there(name, folder)
    if taken := {"mail", "pictures"} & set(context):
        raise TemplateProblemError(f"email {name}: the context has {', '.join(sorted(taken))}, which the frame sets")
    about = {**frame.__dict__, "subject": ""}
    values = {**context, "mail": about, "pictures": frozenset(pictures)}
    subject = render_told(f"email/{name}/subject.txt", values, folder).strip()
    if not 0 < len(subject) <= _LONGEST_SUBJECT or any(unicodedata.category(each) in _CONTROL for each in subject):
        raise TemplateProblemError(
            f"templates/email/{name}/subject.txt: a subject is one line of 1 to {_LONGEST_SUBJECT} characters; "
            f"this one begins {subject[:60]!r}"
        )
    about["subject"] = subject
    html = _inlined(render_told(f"email/{name}/body.html", values, folder))
    text = _tidy(render_told(f"email/{name}/body.txt", values, folder))
    made = MailText(subject, html, text)
    _check(name, made, {*pictures, *(["logo"] if frame.logo else [])})
    return made


def example_context(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The invented values of templates/email/<name>/example.json. Errors: TemplateProblemError."""
    return {key: value for key, value in _example(name, folder).items() if key != "pictures"}


def example_pictures(name: str, folder: Path | None = None) -> list[str]:
    """The Content-IDs that example.json lists under `pictures`: a preview draws a grey picture for each."""
    return [str(cid) for cid in _example(name, folder).get("pictures", ())]


def _example(name: str, folder: Path | None) -> dict[str, Any]:
    _check_there(name, folder)
    file = (folder or templates_dir()) / "email" / name / "example.json"
    shown = f"templates/email/{name}/example.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TemplateProblemError(f"{shown} is missing: put values for a preview there") from None
    except ValueError as error:
        raise TemplateProblemError(f"{shown} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise TemplateProblemError(f"{shown}: write one JSON object, name to value")
    return found


def _check_there(name: str, folder: Path | None) -> None:
    names = mail_names(folder)
    if name not in names:
        raise TemplateProblemError(f"there is no mail {name!r} in templates/email; there are: {', '.join(names)}")
    base = (folder or templates_dir()) / "email" / name
    if missing := [file for file in _FILES if not (base / file).is_file()]:
        raise TemplateProblemError(f"templates/email/{name} lacks {', '.join(missing)}")


def _check(name: str, made: MailText, pictures: Collection[str]) -> None:
    size = len(made.html.encode())
    if size > LARGEST_HTML:
        raise TemplateProblemError(
            f"email {name}: its HTML has {size:,} bytes. Above {LARGEST_HTML:,} Gmail cuts a mail off: show fewer rows "
            "and attach the rest as a file"
        )
    if missing := sorted(made.cids - set(pictures)):
        raise TemplateProblemError(
            f"templates/email/{name}/body.html shows the picture {', '.join(missing)}, which the mail does not bring "
            "along"
        )


def _inlined(html: str) -> str:
    # White space at the ends of lines is for who edits the template.
    return _inliner().inline(re.sub(r"\s*\n\s*", "\n", html))


@functools.cache
def _inliner() -> Any:
    import css_inline  # noqa: PLC0415  # not needed before there is a mail

    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, minify_css=True)


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"
