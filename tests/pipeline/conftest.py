"""A project for each test, and one that a good build was deployed to, shared by those who only look."""

import pytest

from tests.pipeline.delivery import OLD, new_delivery


@pytest.fixture
def empty(tmp_path):
    """A project in which nothing is deployed."""
    with new_delivery(tmp_path) as delivery:
        yield delivery


@pytest.fixture
def delivery(empty):
    """A project that serves the commit before."""
    empty.serves(OLD)
    return empty
