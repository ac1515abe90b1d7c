"""The website of a business that embeds the widget. Knows the script tag, and nothing of the chat."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#e8f3ee"/>
<path d="M12 26c8 2 16-4 16-14-10 0-16 6-16 14zm0 0 8-8" fill="none" stroke="#0f6b4f" stroke-width="2.5"/></svg>"""


def website(script: str) -> list[Route]:
    """Its routes: the home page and the logo. `script` is the widget's address."""

    async def home(request: Request) -> Response:
        """`attrs` go on the script tag, `head` in the head, `csp` in the header; `lang` and `dir` on the page."""
        query = request.query_params
        page = (
            f"<!doctype html><html lang={query.get('lang', 'en')} dir={query.get('dir', 'ltr')}>"
            f"<head><title>Shop</title><meta name=viewport content='width=device-width,initial-scale=1'>"
            f"{query.get('head', '')}</head>"
            f"<body><h1>Lindenhof Dental</h1><p>Teeth since 1984.</p><input aria-label=search>"
            f"<script src='{script}' data-business-id=demo {query.get('attrs', '')} defer></script></body></html>"
        )
        csp = query.get("csp")
        return HTMLResponse(page, headers={"Content-Security-Policy": csp} if csp else None)

    async def logo(_: Request) -> Response:
        return Response(LOGO, media_type="image/svg+xml")

    return [Route("/", home), Route("/logo.svg", logo)]
