"""Fixtures of the ingest tests: the four samples, read once."""

import pytest

from ingest.read import Ingested, read_document
from tests.conftest import SAMPLES

HAICANG = "2023年海沧区教育工作要点"
ZHOUSHAN = "舟山市教育局2023年工作要点"
RUSHAN = "乳山市教育高质量发展实施意见"
YIWU = "义乌市教育局2021年重点工作计划"


@pytest.fixture(scope="session")
def samples() -> dict[str, Ingested]:
    """The samples by file name without its ending."""
    return {path.stem: read_document(path) for path in sorted(SAMPLES.glob("*.txt"))}
