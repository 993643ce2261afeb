"""The OpenAPI document tells what is answered, errors and the ways of pictures too."""

from __future__ import annotations

import json
import re

from ganstudio.serve.problems import MEDIA_TYPE
from tests.serve.conftest import Serve


def test_the_document_tells_errors_as_they_are_and_every_way_that_accept_names(serve: Serve) -> None:
    document = serve("digits").get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert list(operation["responses"]["4XX"]["content"]) == [MEDIA_TYPE], path
            assert "422" not in operation["responses"], path
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert named == set(document["components"]["schemas"])
    generate = document["paths"]["/v1/generate"]["post"]["responses"]
    assert {"application/json", "image/png", "application/zip", "text/event-stream"} <= set(generate["200"]["content"])
    assert generate["202"]["content"]["application/json"]["schema"]["$ref"].endswith("/Job")
