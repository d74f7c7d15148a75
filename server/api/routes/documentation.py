"""GET /api/docs: the OpenAPI document as a page; its script and its style come from this server too.

The page is Swagger UI out of the package `fastapi-standalone-docs` (MIT; Swagger UI is Apache-2.0), of which only the
files are used.
"""

import importlib.resources
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from server.api.access import Reader

router = APIRouter(prefix="/api/docs", include_in_schema=False)

PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>有据：接口文档</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<noscript>这一页需要 JavaScript；接口的描述也在 <a href="openapi.json">openapi.json</a>。</noscript>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], docExpansion: "list", defaultModelsExpandDepth: 0
});
"""
"""A file of its own: the page's content security policy allows no script inside the page."""
FILES = {"swagger-ui.css": "text/css; charset=utf-8", "swagger-ui-bundle.js": "text/javascript; charset=utf-8"}
KEPT = {"Cache-Control": "private, max-age=86400"}


@router.get("")
def docs(caller: Reader) -> HTMLResponse:
    return HTMLResponse(PAGE)


@router.get("/start.js")
def docs_start(caller: Reader) -> Response:
    return Response(START, media_type="text/javascript; charset=utf-8")


@router.get("/{name}")
def docs_file(name: Annotated[str, Path(pattern=r"^swagger-ui(\.css|-bundle\.js)$")], caller: Reader) -> Response:
    file = importlib.resources.files("fastapi_standalone_docs") / "static" / "swagger" / name
    return Response(file.read_bytes(), media_type=FILES[name], headers=KEPT)
