"""Every answer is what the OpenAPI document says: some hundred generated requests, with a key, without one, and open.

All of schemathesis' checks are on. `python -m evals.fuzz` sends thousands. Random cases come from a fixed seed, so that
a fault that is found is found again; the time is a budget and decides only how many random cases there are.
"""

import pytest

pytestmark = [pytest.mark.usefixtures("models_folder"), pytest.mark.slow, pytest.mark.timeout(600)]
SECONDS = 10
"""For each caller; the fixed cases (examples, bounds) come first."""


@pytest.mark.parametrize("caller", ["open", "key", "none"])
def test_no_answer_contradicts_the_document(caller: str) -> None:
    # Here and not above: to collect the tests shall not take the seconds that schemathesis takes to be imported.
    from evals.fuzz import examine, server_for

    with server_for(caller) as (address, headers, document):
        examined = examine(address, headers, document, examples=1, seconds=SECONDS, seed=7)
    assert examined.faults == {}
    assert examined.errors == []
    assert examined.cases > 10
    assert not any(status == 500 for status in examined.statuses)
    if caller == "none":
        assert examined.statuses[401] > examined.cases / 2
