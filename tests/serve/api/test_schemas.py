"""Both services asked at random by schemathesis, within and against their own OpenAPI documents."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from serve.api.data_api import create_data_api
from serve.api.store import store_opener

pytestmark = pytest.mark.slow
EXAMPLES = 40


def fuzz(client: httpx.Client, mode: str) -> int:
    """Ask every operation of a service; return how many requests it answered, none with a fault.

    Answers keep to the document in status, type and shape. What no schema says (a period that ends before it begins, a
    title of control characters) may be refused too.
    """
    import schemathesis  # takes a second, so not where tests that ask nothing of it wait
    from schemathesis import Case, GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
    asked = 0
    bounded = settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    for found in schema.get_all_operations():
        operation = found.ok()

        @bounded
        @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
        def ask(case: Case) -> None:
            nonlocal asked
            answer = case.call()
            asked += 1
            assert answer.status_code < 500, case.as_curl_command()
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        # An operation without parameters cannot be asked against its document.
        if mode == GenerationMode.POSITIVE or operation.body or list(operation.iter_parameters()):
            ask()
    return asked


@pytest.fixture
def data_client(run: Any, settings_with: Any, postgresql_url: str) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(postgresql_url))) as client:
        yield client


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_model_api_conforms_to_its_schema(model_client: httpx.Client, mode: str) -> None:
    assert fuzz(model_client, mode) > EXAMPLES


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_data_api_conforms_to_its_schema(data_client: httpx.Client, mode: str) -> None:
    assert fuzz(data_client, mode) > EXAMPLES
