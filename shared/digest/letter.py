"""A digest as an e-mail: HTML that mail programs show, light or dark, with nothing loaded from elsewhere; and text."""

from functools import cache
from typing import TYPE_CHECKING, Any

from shared.digest.compose import COUNTED, DigestOut
from shared.digest.numerals import dollars, number, percent, together
from shared.digest.words import say

if TYPE_CHECKING:
    from jinja2 import Template

# Styles stand at each element, since many mail programs drop a style sheet; those that know dark mode keep it.
_PAGE = """<!doctype html>
<html lang="{{ d.language }}" dir="{{ dir }}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{{ subject }}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
 .page { background: #14171a !important; } .card { background: #1f2428 !important; border-color: #394148 !important; }
 .ink, .ink td, .ink th { color: #eceff1 !important; } .soft { color: #b0bac2 !important; }
 .line { border-color: #394148 !important; } .bar { background: #6ea8fe !important; }
 .tip { background: #17324d !important; border-color: #6ea8fe !important; }
}
</style></head>
{% set font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;" %}
{% macro heading(key) %}<h2 class="ink" style="{{ font }}font-size:17px;line-height:24px;color:#1b2126;
margin:28px 0 8px">{{ say(key) }}</h2>{% endmacro %}
{% macro topics(rows) %}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="ink">
{% for topic in rows %}<tr><td width="50%" style="{{ font }}font-size:15px;line-height:22px;color:#1b2126;
padding:3px 0;word-break:break-word">{{ topic.name }}</td>
<td style="padding:3px 8px"><table role="presentation" width="{{ [topic.n * 100 // rows[0].n, 2] | max }}%"
cellpadding="0" cellspacing="0"><tr><td class="bar" height="8" style="background:#2563c9;border-radius:4px;
font-size:1px;line-height:8px">&nbsp;</td></tr></table></td>
<td align="{{ end }}" width="15%" style="{{ font }}font-size:15px;line-height:22px;color:#1b2126;white-space:nowrap">
{{ number(topic.n) }}</td></tr>{% endfor %}</table>{% endmacro %}
<body class="page" style="margin:0;padding:0;background:#eef1f4">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#eef1f4"
dir="{{ dir }}"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;
background:#ffffff;border:1px solid #d5dbe1;border-radius:10px"><tr><td align="{{ start }}" style="padding:24px 20px">
<p class="soft" style="{{ font }}font-size:14px;line-height:20px;color:#55606a;margin:0">
{{ days }}</p>
<h1 class="ink" style="{{ font }}font-size:22px;line-height:30px;color:#1b2126;margin:2px 0 14px">
<bdi>{{ d.name }}</bdi></h1>
{% for sentence in d.summary %}<p class="ink" style="{{ font }}font-size:16px;line-height:24px;color:#1b2126;
margin:0 0 4px">{{ sentence }}</p>{% endfor %}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:20px"><tr>
<td class="tip ink" style="{{ font }}background:#e8f0fc;border-{{ start }}:4px solid #2563c9;border-radius:4px;
padding:12px 14px;font-size:16px;line-height:24px;color:#1b2126"><b>{{ say("suggestion") }}</b><br>
{{ d.suggestion.text }}</td></tr></table>
<table width="100%" cellpadding="0" cellspacing="0" class="ink" style="margin-top:24px">
<tr>{% for title in ["", "this_week", "week_before", "change"] %}<th scope="col" class="soft"
align="{{ start if loop.first else end }}" style="{{ font }}font-size:13px;line-height:18px;font-weight:normal;
color:#55606a;padding:0 0 4px;
padding-{{ start }}:{{ 0 if loop.first else 12 }}px">{{ say(title) if title else "" }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td class="line" align="{{ start if loop.first else end }}"
style="{{ font }}border-top:1px solid #d5dbe1;font-size:15px;line-height:22px;color:#1b2126;padding:6px 0;
{{ "" if loop.first else "white-space:nowrap;padding-" ~ start ~ ":12px" }}">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
{% if d.intents %}{{ heading("top_intents") }}{{ topics(d.intents) }}{% endif %}
{% if d.gap_intents %}{{ heading("gap_topics") }}{{ topics(d.gap_intents) }}{% endif %}
{% for key, lines in sections %}{{ heading(key) }}{% for line in lines %}<p class="ink" style="{{ font }}font-size:15px;
line-height:22px;color:#1b2126;margin:0 0 4px">{{ line }}</p>{% endfor %}{% endfor %}
<p class="soft line" style="{{ font }}border-top:1px solid #d5dbe1;font-size:13px;line-height:18px;color:#55606a;
margin:28px 0 0;padding-top:12px">{{ footer }}</p>
</td></tr></table></td></tr></table></body></html>
"""


def subject(digest: DigestOut) -> str:
    """Return the letter's subject, of one line."""
    return say("subject", digest.language, name=digest.name, week=together(digest.week, digest.language))


def html(digest: DigestOut) -> str:
    """Return the letter as a page; what the business wrote is text in it, never markup."""
    right_to_left = digest.language == "ar"
    start, end = ("right", "left") if right_to_left else ("left", "right")
    return _template().render(
        d=digest, subject=subject(digest), rows=_rows(digest), sections=_sections(digest), footer=_footer(digest),
        days=_days(digest), dir="rtl" if right_to_left else "ltr", start=start, end=end,
        say=lambda key: say(key, digest.language), number=lambda n: number(n, digest.language),
    )  # fmt: skip


def text(digest: DigestOut) -> str:
    """Return the letter as plain text."""
    speaks = digest.language
    lines = [digest.name, _days(digest), "", *digest.summary, ""]
    lines += [say("suggestion", speaks).upper(), digest.suggestion.text, ""]
    lines += [f"{name}: {now} ({before})" for name, now, before, _ in _rows(digest)]
    for key, topics in (("top_intents", digest.intents), ("gap_topics", digest.gap_intents)):
        if topics:
            listed = [f"- {topic.name}: {number(topic.n, speaks)}" for topic in topics]
            lines += ["", say(key, speaks).upper(), *listed]
    for key, said in _sections(digest):
        lines += ["", say(key, speaks).upper(), *said]
    return "\n".join([*lines, "", _footer(digest), ""])


def _rows(digest: DigestOut) -> list[tuple[str, str, str, str]]:
    speaks = digest.language
    found = []
    for name in COUNTED:
        trend = digest.trends[name]
        change = "–" if trend.change_percent is None else percent(trend.change_percent, speaks, signed=True)
        found.append((say(name, speaks), number(trend.now, speaks), number(trend.before, speaks), change))
    rates = (digest.resolved_percent, digest.resolved_before_percent)
    now, before = ("–" if rate is None else percent(rate, speaks) for rate in rates)
    return [*found, (say("resolved", speaks), now, before, "")]


def _sections(digest: DigestOut) -> list[tuple[str, list[str]]]:
    """Return what is only sentences: what waits, and what it cost."""
    speaks, behind, cost = digest.language, digest.behind, digest.cost
    waits = [
        say(key, speaks, n=number(n, speaks))
        for key, n in (("handoffs_open", behind.handoffs_open), ("crm_parked", behind.crm_parked))
        if n
    ] + [say("experiment", speaks, id=news.id) for news in behind.experiments]
    before = dollars(cost.before_usd, speaks)
    costs = [say("cost_line", speaks, usd=dollars(cost.usd, speaks), before=before)]
    if cost.budget_usd is not None and cost.budget_percent is not None:
        used = percent(cost.budget_percent, speaks)
        costs.append(say("budget_line", speaks, usd=dollars(cost.budget_usd, speaks), percent=used))
    return [("behind", waits or [say("nothing_behind", speaks)]), ("cost", costs)]


def _days(digest: DigestOut) -> str:
    return together(f"{digest.first_day} – {digest.last_day}", digest.language)


def _footer(digest: DigestOut) -> str:
    return say("footer", digest.language, zone=digest.time_zone)


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    return environment.from_string(_PAGE)


def posted(digest: DigestOut) -> dict[str, Any]:
    """Return what the webhook gets: the digest, and the letter in both forms."""
    return {**digest.model_dump(mode="json"), "subject": subject(digest), "html": html(digest), "text": text(digest)}
