"""What a person may set, typed: environment (OPS_*), then .env, then ops.yaml, then the defaults here.

What belongs here: every setting, its default, and the rules between settings. What does not: reading the
sources (settings_sources.py), and anything a dealership has of its own (that is in the database). Nothing is
read at import; `load_settings` reads, `settings()` reads once. ops.example.yaml and .env.example show every
key; a test keeps them complete.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ops_platform.paths import project_root
from ops_platform.settings_effects import EffectsSettings
from ops_platform.settings_errors import SettingsError, from_validation
from ops_platform.settings_mail import MailSettings
from ops_platform.settings_operations import AlertsSettings, DailyLogSettings
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_requests import IntakeSettings
from ops_platform.settings_section import Section
from ops_platform.settings_sources import (
    DELIMITER,
    PREFIX,
    Location,
    Source,
    from_dotenv,
    from_variables,
    from_yaml,
    leaves,
    merge,
)
from ops_platform.settings_types import ClockTime, CounterpointUrl, PostgresUrl, TimeZoneName, is_loopback

__all__ = ["Settings", "SettingsError", "load_settings", "settings"]

QR_ROOT: Final = "C:\\qr_codes"
EXPORTS_ROOT: Final = "C:\\exports"


class PostgresSettings(Section):
    """The embedded PostgreSQL server; without effect for a database that has a URL of its own."""

    port: int = Field(0, ge=0, le=65535, description="0: a free port is chosen once and then kept")
    bin_dir: Path | None = Field(None, description="folder with initdb, pg_ctl, postgres; none: the wheel's")


class QrSettings(Section):
    """How QR files look where neither the dealership nor the job type says otherwise."""

    payload: Literal["url_utm", "url", "vin"] = "url_utm"
    size_px: int = Field(388, ge=64, le=4096, description="width and height in pixels")
    error_correction: Literal["auto", "L", "M", "Q", "H"] = Field("auto", description="auto: M for URLs, Q for VINs")
    dpi: int = Field(300, ge=72, le=2400)
    engine: Literal["zxing", "qrcode"] = Field("zxing", description="zxing is some 25 times faster")


class IllustratorSettings(Section):
    """The companion CSV for Adobe Illustrator's Variables panel."""

    bom: bool = Field(False, description="start the file with a UTF-8 byte order mark")
    ascii_fold: bool = Field(True, description="write (R) for the sign, e for its accents: safe in every version")


class VehiclesSettings(Section):
    """The vehicles business. Relative folders lie in `home`."""

    timezone: TimeZoneName = "America/Chicago"
    daily_at: ClockTime = time(6, 0)
    imports_dir: Path = Path("vehicles/imports")
    exports_dir: Path = Path("vehicles/exports")
    qr_dir: Path = Path("vehicles/qr_codes")
    path_map: dict[str, Path] = Field(
        default_factory=dict,
        description=r"logical root -> folder; C:\qr_codes is qr_dir, C:\exports is exports_dir if not given",
    )
    qr: QrSettings = QrSettings()
    illustrator: IllustratorSettings = IllustratorSettings()
    feed_drop_ratio: float = Field(0.5, ge=0, le=1, description="a location below this share is held back")
    rejects_warn_ratio: float = Field(0.05, ge=0, le=1, description="warn above this share of rejected rows")

    @model_validator(mode="after")
    def _roots_are_named(self) -> Self:
        if any(not root.strip() for root in self.path_map):
            raise ValueError("path_map has an empty logical root; name the folder as the people write it")
        return self


class StreamSettings(Section):
    """The shop's own order stream: pages by stream_id, an API key."""

    url: str = Field("", description="base of the feed; GET <url>/orders/")
    api_key: SecretStr | None = None


class PetpoojaSettings(Section):
    """PetPooja's orders API: a day at a time."""

    url: str = "https://api.petpooja.com"
    rest_id: str = ""
    app_key: SecretStr | None = None
    app_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    cookie: SecretStr | None = None


class RestaurantSettings(Section):
    """The restaurant business. Relative folders lie in `home`."""

    timezone: TimeZoneName = "Asia/Kolkata"
    day_starts_at: ClockTime = Field(time(4, 0), description="a bill before it belongs to the day before")
    first_day: date = Field(date(2025, 4, 1), description="the oldest business day the UI shows as a partition")
    orders_from: Literal["sandbox", "stream", "petpooja"] = Field("sandbox", description="where new orders come from")
    stream: StreamSettings = StreamSettings()
    petpooja: PetpoojaSettings = PetpoojaSettings()
    page_limit: int = Field(500, ge=1, le=500, description="orders a page of the stream")
    seconds_between_pages: float = Field(1.0, ge=0, le=60)
    timeout_seconds: float = Field(60.0, gt=0, le=600)
    poll_minutes: int = Field(10, ge=1, le=1440, description="how often new orders are fetched")
    rules: Literal["seed", "operator"] = Field("seed", description="which set of name rules cleans order item names")
    automatic_from: float = Field(90.0, ge=70, le=100, description="a fuzzy link below it waits for a person")
    unmatched_warn_ratio: float = Field(0.116, ge=0, le=1, description="warn above this share of lines without a link")
    stale_after_hours: float = Field(24.0, gt=0, description="warn when the newest order is older")
    customer_identity: Literal["none", "hashed", "full"] = "none"
    customer_hash_key: SecretStr | None = None

    @model_validator(mode="after")
    def _a_live_source_has_its_keys(self) -> Self:
        if self.orders_from == "stream" and not (self.stream.url and self.stream.api_key):
            raise ValueError(
                "orders_from is stream: set restaurant.stream.url, and OPS_RESTAURANT__STREAM__API_KEY in .env"
            )
        api = self.petpooja
        if self.orders_from == "petpooja" and not (
            api.url and api.rest_id and api.app_key and api.app_secret and api.access_token
        ):
            raise ValueError(
                "orders_from is petpooja: set restaurant.petpooja.rest_id, and OPS_RESTAURANT__PETPOOJA__APP_KEY, "
                "..__APP_SECRET and ..__ACCESS_TOKEN in .env"
            )
        if self.customer_identity == "hashed" and self.customer_hash_key is None:
            raise ValueError(
                "customer_identity is hashed: set OPS_RESTAURANT__CUSTOMER_HASH_KEY in .env to a long random text, "
                "because a phone number's hash without a key can be guessed"
            )
        return self


class SandboxSettings(Section):
    """The stand-ins for outside systems (`ops sandbox`)."""

    port: int = Field(0, ge=0, le=65535, description="0: a free port is chosen at each start")


class UiSettings(Section):
    """The web UI."""

    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65535)
    auth_user: str | None = None
    auth_password: SecretStr | None = None

    @model_validator(mode="after")
    def _open_only_with_a_password(self) -> Self:
        have = (bool(self.auth_user), self.auth_password is not None)
        if have in {(True, False), (False, True)}:
            raise ValueError("auth_user and auth_password go together; set OPS_UI__AUTH_USER and OPS_UI__AUTH_PASSWORD")
        if not is_loopback(self.host) and not all(have):
            raise ValueError(
                f"host {self.host!r} lets other machines reach the UI, which can start runs: set "
                "OPS_UI__AUTH_USER and OPS_UI__AUTH_PASSWORD, or leave host at 127.0.0.1"
            )
        return self


class RunsSettings(Section):
    """Limits of Dagster's runs."""

    max_concurrent: int = Field(2, ge=1, le=64)
    max_runtime_seconds: int = Field(3600, ge=60)


class Settings(BaseSettings):
    """All settings. Made by `load_settings`, which also makes every folder absolute."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True)

    home: Path = Field(Path(".ops"), description="everything the platform writes; relative: in the checkout")
    database_url: PostgresUrl = Field(None, description="none: the embedded server")
    dagster_database_url: PostgresUrl = Field(None, description="none: the embedded server")
    counterpoint_database_url: CounterpointUrl = Field(None, description="none: the embedded server")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    postgres: PostgresSettings = PostgresSettings()
    vehicles: VehiclesSettings = VehiclesSettings()
    restaurant: RestaurantSettings = RestaurantSettings()
    retail: RetailSettings = RetailSettings()
    intake: IntakeSettings = IntakeSettings()
    mail: MailSettings = MailSettings()
    effects: EffectsSettings = EffectsSettings()
    alerts: AlertsSettings = AlertsSettings()
    daily_log: DailyLogSettings = DailyLogSettings()
    sandbox: SandboxSettings = SandboxSettings()
    ui: UiSettings = UiSettings()
    runs: RunsSettings = RunsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what load_settings hands over: it reads the sources itself, to say where a key came from."""
        return (init_settings,)


def load_settings(root: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of the checkout `root` (default: this one) with the variables `env` (os.environ).

    Sources, strongest first: `env`, `<root>/.env`, `<root>/ops.yaml` (or what OPS_CONFIG names), defaults.
    Folders come back absolute: home relative to root, all others relative to home.
    Raises SettingsError with every problem found: unknown keys, wrong values, secrets in ops.yaml.
    """
    root = project_root() if root is None else root.resolve()
    env = os.environ if env is None else env
    layers = [
        from_variables(Settings, env, lambda _: "the environment"),
        from_dotenv(Settings, root / ".env"),
        from_yaml(Settings, _config_file(root, env)),
    ]
    values = merge(*(layer.values for layer in reversed(layers)))
    problems = [problem for layer in layers for problem in layer.problems]
    try:
        found = Settings(**values)
    except ValidationError as error:
        problems += from_validation(
            error,
            known=_dotted_names(),
            where=functools.partial(_where, layers),
            secret=_is_secret,
        )
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return _resolved(found, root)


@functools.cache
def settings() -> Settings:
    """The settings of this checkout and process, read at the first call; `settings.cache_clear()` forgets."""
    return load_settings()


def _config_file(root: Path, env: Mapping[str, str]) -> Path:
    named = env.get("OPS_CONFIG", "")
    if not named:
        return root / "ops.yaml"
    file = root / Path(named).expanduser()
    if not file.is_file():
        raise SettingsError([f"OPS_CONFIG: there is no file {file} (from the environment)"])
    return file


def _dotted_names() -> list[str]:
    """Every key as it stands in ops.yaml, sections too: ui, ui.port, ..."""
    places = {location[:depth] for location in leaves(Settings) for depth in range(1, len(location) + 1)}
    return sorted(".".join(place) for place in places)


def _where(layers: list[Source], location: Location) -> str:
    """The strongest source that gave a key; for a rule between the keys of a section, where those stand."""
    settings_inside = {key for key in leaves(Settings) if key[: len(location)] == location}
    found = {
        next(layer.where[key] for layer in layers if key in layer.where)
        for key in settings_inside
        if any(key in layer.where for layer in layers)
    }
    if found:
        return ", ".join(sorted(found))
    # No setting of ours: a key that does not exist, a section that is no section (`ui: 3`), or a key inside a mapping.
    there = next((layer.where[location] for layer in layers if location in layer.where), None)
    return there or (_where(layers, location[:-1]) if len(location) > 1 else "the defaults")


def _is_secret(location: Location) -> bool:
    """Whether a value must not be shown: it is a secret, or one of a mapping of secrets."""
    known = leaves(Settings)
    return any(known.get(location[:depth], False) for depth in range(1, len(location) + 1))


def _resolved(found: Settings, root: Path) -> Settings:
    home = _absolute(found.home, root)
    vehicles = found.vehicles
    folders = {name: _absolute(getattr(vehicles, name), home) for name in ("imports_dir", "exports_dir", "qr_dir")}
    path_map = {QR_ROOT: folders["qr_dir"], EXPORTS_ROOT: folders["exports_dir"]}
    # Logical roots are Windows names: c:\exports given by a person replaces the default C:\exports.
    given = {logical.replace("/", "\\").casefold().rstrip("\\") for logical in vehicles.path_map}
    path_map = {logical: folder for logical, folder in path_map.items() if logical.casefold() not in given}
    path_map |= {logical: _absolute(folder, home) for logical, folder in vehicles.path_map.items()}
    bin_dir, photos = found.postgres.bin_dir, found.retail.photos
    update: dict[str, Any] = {
        "home": home,
        "vehicles": vehicles.model_copy(update={**folders, "path_map": path_map}),
        "postgres": found.postgres.model_copy(
            update={"bin_dir": None if bin_dir is None else _absolute(bin_dir, root)}
        ),
        "mail": found.mail.inside(root, _absolute),
        "daily_log": found.daily_log.model_copy(update={"folder": _absolute(found.daily_log.folder, home)}),
        "retail": found.retail.model_copy(
            update={
                "photos": photos.model_copy(update={"folder": _absolute(photos.folder, home)}),
                "backups": found.retail.backups.inside(home, _absolute),
                "leads": found.retail.leads.inside(home, _absolute),
                "counterpoint_api": found.retail.counterpoint_api.inside(home, _absolute),
            }
        ),
    }
    return found.model_copy(update=update)


def _absolute(path: Path, base: Path) -> Path:
    return (base / path.expanduser()).resolve()
