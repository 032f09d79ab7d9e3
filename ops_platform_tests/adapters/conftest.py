"""Parts that several tests of adapters ask for. Not here: what one subject needs alone (its own module)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_platform_tests.adapters.backup_place import Place
from ops_platform_tests.adapters.mail_parts import Post, running_post
from ops_platform_tests.adapters.webdav_parts import Dav, running_dav
from ops_platform_tests.sandbox.bigcommerce_parts import Store, store


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder to back up, with files, and an empty off-site folder."""
    return Place(tmp_path)


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    """Whether copies are archives; a test that asks for it runs both ways."""
    return bool(request.param)


@pytest.fixture(scope="module")
def module_post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """A mail server of the sandbox for the module; its tests ask for `post`."""
    with running_post(tmp_path_factory.mktemp("post")) as post:
        yield post


@pytest.fixture
def post(module_post: Post) -> Post:
    """That server, with no fault and no mail of the test before."""
    return module_post.fresh()


@pytest.fixture
def dav(tmp_path: Path) -> Iterator[Dav]:
    """A file server with one published file."""
    with running_dav(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def module_store() -> Iterator[Store]:
    """A web shop for the module; its tests begin with the products they need."""
    with store(quota=1_000_000) as found:
        yield found
