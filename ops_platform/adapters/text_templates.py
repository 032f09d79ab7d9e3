"""The templates of texts, templates/sms/<campaign>.txt: reading the files. What they hold is for retail/campaigns."""

from __future__ import annotations

from ops_platform.paths import templates_dir


class TextTemplateError(ValueError):
    """A template of a text cannot be read; the message names the file and what to do."""


def text_template(name: str) -> str:
    """The template of a campaign, as it is written. Errors: TextTemplateError."""
    file = templates_dir() / "sms" / f"{name}.txt"
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TextTemplateError(f"{file.name} is missing in templates/sms; every campaign has a template") from None
    except UnicodeDecodeError as error:
        raise TextTemplateError(f"{file.name}, byte {error.start}: it is not UTF-8; save it so") from None
