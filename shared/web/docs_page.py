"""An OpenAPI document as one page for people: no script, nothing loaded from elsewhere."""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, Template

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ api.info.title }}</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .25rem .9rem; }
summary { cursor: pointer; padding: .35rem 0; } code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow: auto; padding: .75rem; border-radius: .4rem;
 background: color-mix(in srgb, currentColor 6%, transparent); }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; } .what { opacity: .75; margin-left: .6rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; }
</style></head><body>
<h1>{{ api.info.title }} <small>{{ api.info.version }}</small></h1>
<p>{{ api.info.description }} The machine-readable document is <a href="openapi.json">openapi.json</a>. Keys go into
<code>Authorization: Bearer &lt;key&gt;</code> or <code>X-API-Key</code>. Every error is
<code>application/problem+json</code>.</p>
<h2>Calls</h2>
{% for path, methods in api.paths.items() %}{% for method, call in methods.items() %}
<details id="{{ call.operationId }}"><summary><span class="method">{{ method | upper }}</span><code>{{ path }}</code>
<span class="what">{{ call.summary }}</span></summary>
{% if call.description %}<p>{{ call.description }}</p>{% endif %}
{% if call.parameters %}<table><tr><th>Parameter</th><th>In</th><th>Type</th></tr>
{% for p in call.parameters %}<tr><td><code>{{ p.name }}</code>{{ "" if p.required else " (optional)" }}</td>
<td>{{ p.in }}</td><td><code>{{ p.schema | schema }}</code></td></tr>{% endfor %}</table>{% endif %}
{% if call.requestBody %}{% for media, body in call.requestBody.content.items() %}<h4>Body: {{ media }}</h4>
<pre>{{ body.schema | schema }}</pre>{% endfor %}{% endif %}
<h4>Answers</h4><table>{% for status, answer in call.responses.items() %}<tr><td><code>{{ status }}</code></td>
<td>{{ answer.description }}</td><td>{% for body in (answer.content or {}).values() %}{% if loop.first %}
<code>{{ body.schema | schema }}</code>{% endif %}{% endfor %}</td></tr>{% endfor %}</table>
</details>
{% endfor %}{% endfor %}
<h2>Types</h2>
{% for name, shape in api.components.schemas.items() %}
<details id="type-{{ name }}"><summary><code>{{ name }}</code>
<span class="what">{{ shape.description }}</span></summary>
<pre>{{ shape | schema }}</pre></details>
{% endfor %}
</body></html>
"""


def render(document: dict[str, Any]) -> str:
    """Return the page."""
    return _template().render(api=document)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True)
    environment.filters["schema"] = _schema
    return environment.from_string(_PAGE)


def _schema(shape: dict[str, Any]) -> str:
    """Return a schema as short text: a named type by its name, anything else as JSON."""
    reference = shape.get("$ref", "")
    return reference.rpartition("/")[2] if reference else json.dumps(shape, indent=1, ensure_ascii=False)
