"""The five reference operations as configurations of tickets, with the figures of their descriptions."""

from __future__ import annotations

from functools import lru_cache
from textwrap import indent
from typing import TYPE_CHECKING

from opsconsole.core.config import decode
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

_WISH = "{label: feature request, lifecycle: feature, priority: low, wish: true}"
_FORM = """{
  url: {label: URL}, device: {label: Browser or device}, role: {label: User role},
  steps: {label: Steps to reproduce, kind: text}, expected: {label: Expected, kind: text},
  actual: {label: Actual, kind: text}}"""

_DASHBOARD = f"""
categories:
  technical: {{label: technical}}
  billing: {{label: billing}}
  feature: {_WISH}
teams:
  support: {{members: [ana, ben], tell: [ana, ben]}}
  senior: {{members: [cem, dee], tell: [cem, dee]}}
routing:
  - {{priorities: [urgent], team: senior, how: least-loaded}}
  - {{categories: ["*"], team: support, how: round-robin}}
ladders:
  urgent: {{levels: [{{name: senior team, at: start, team: senior, tell: [team]}}]}}
  high: {{levels: [{{name: senior team, at: start+8h, team: senior, tell: [team]}}]}}
  medium: {{levels: [{{name: senior team, at: start+48h, team: senior, tell: [team]}}]}}
policies:
  support:
    promises:
      urgent: {{response: 1h, resolution: 4h, ladder: urgent}}
      high: {{response: 4h, resolution: 24h, ladder: high}}
      medium: {{response: 24h, resolution: 72h, ladder: medium}}
      low: {{response: none, resolution: none}}
goals:
  first_response: {{is: "< 4h"}}
  resolution: {{is: "< 24h"}}
  satisfaction: {{is: "> 90%"}}
  first_contact: {{is: "> 80%"}}
  escalated: {{is: "< 10%"}}
  knowledge: {{is: "> 70%"}}
"""

_SHOP = f"""
categories:
  technical: {{label: technical}}
  payments: {{label: payments and checkout, priority: high}}
  bug: {{label: bug, lifecycle: bug, form: {_FORM}}}
  feature: {_WISH}
teams:
  support: {{members: [ana, ben], tell: [ana, ben]}}
  development: {{members: [cem, dee], tell: [cem]}}
  architects: {{members: [eva], tell: [eva]}}
routing:
  - {{categories: [bug, payments], team: development, how: least-loaded}}
  - {{categories: ["*"], team: support, how: round-robin}}
ladders:
  critical:
    levels:
      - {{name: support, tell: [team], within: 2h}}
      - {{name: development, team: development, tell: [team]}}
      - {{name: senior developer, at: due, team: architects, tell: [team]}}
      - {{name: management, at: due+1h, tell: [max]}}
  usual:
    levels:
      - {{name: support, tell: [assignee], within: 2h}}
      - {{name: development, team: development, tell: [team]}}
policies:
  shop:
    promises:
      urgent: {{response: 15m, resolution: 2h, ladder: critical}}
      high: {{response: 1h, resolution: 4h, ladder: usual}}
      medium: {{response: 4h, resolution: 24h, ladder: usual}}
      low: {{response: 24h, resolution: next release}}
mail:
  address: support@shop.example
  intakes:
    technical@shop.example: {{category: technical}}
    urgent@shop.example: {{category: technical, priority: urgent}}
goals:
  score: {{is: "> 4.5"}}
  resolved_24h: {{is: "> 95%"}}
"""

_EXPENSE_API = f"""
categories:
  incident: {{label: incident, priority: high}}
  bug: {{label: bug, lifecycle: bug}}
  feature: {_WISH}
teams:
  api: {{members: [ana, ben], tell: [ana]}}
routing:
  - {{categories: ["*"], team: api, how: least-loaded}}
ladders:
  critical:
    clocks: [response, resolution]
    levels:
      - {{name: on call, at: start, tell: [team]}}
      - {{name: everybody, at: due, tell: [team, max]}}
  high:
    clocks: [response, resolution]
    levels:
      - {{name: on call, at: due-15m, tell: [assignee, team]}}
      - {{name: everybody, at: due, tell: [team, max]}}
policies:
  tiers:
    promises:
      # At once: within the minute.
      urgent: {{response: 1m, next: 1h, resolution: 4h, ladder: critical}}
      high: {{response: 2h, resolution: 24h, ladder: high}}
      medium: {{response: 24h, resolution: 1w}}
      low: {{response: 1w, resolution: next release}}
"""

_MARKETING_SITE = f"""
categories:
  question: {{label: question}}
  bug: {{label: bug, lifecycle: bug, form: {_FORM}}}
  feature: {_WISH}
  training: {{label: training, priority: low}}
calendars:
  office:
    zone: America/New_York
    hours:
      mon: ["09:00-18:00"]
      tue: ["09:00-18:00"]
      wed: ["09:00-18:00"]
      thu: ["09:00-18:00"]
      fri: ["09:00-18:00"]
    holidays: {{country: US}}
teams:
  first line: {{members: [ana, ben], tell: [ana, ben]}}
  technical: {{members: [cem], tell: [cem]}}
  development: {{members: [dee, eva], tell: [dee]}}
routing:
  - {{categories: ["*"], team: first line, how: round-robin}}
ladders:
  matrix:
    levels:
      - {{name: support agent, tell: [team], within: 4h, hours: office}}
      - {{name: senior support, team: technical, tell: [team], within: 2h, hours: office}}
      - {{name: development team, team: development, tell: [team], within: 1h}}
      - {{name: IT management, tell: [max], within: 30m}}
policies:
  site:
    calendar: office
    promises:
      # At all hours, weekends and holidays too.
      urgent: {{response: 1h, resolution: 24h, calendar: clock, ladder: matrix}}
      high: {{response: 2h, resolution: 24h, ladder: matrix}}
      medium: {{response: 4h, resolution: 24h, ladder: matrix}}
      low: {{response: 4h, resolution: none}}
goals:
  first_response: {{is: "< 2h"}}
  satisfaction: {{is: "> 95%"}}
  resolved_24h: {{is: "> 95%"}}
"""

_FIELD_SERVICE = f"""
categories:
  technical: {{label: technical}}
  bug: {{label: bug, lifecycle: bug}}
  feature: {_WISH}
teams:
  administration: {{members: [ana], tell: [ana]}}
  development: {{members: [ben, cem], tell: [ben]}}
routing:
  - {{categories: ["*"], team: administration, how: least-loaded}}
ladders:
  emergency:
    levels:
      - {{name: system administrator, tell: [ana], within: 1h}}
      - {{name: technical lead, team: development, tell: [team], within: 4h}}
      - {{name: project manager, at: start, tell: [max]}}
  usual:
    levels:
      - {{name: system administrator, tell: [ana], within: 1h}}
      - {{name: technical lead, team: development, tell: [team], within: 4h}}
policies:
  platform:
    promises:
      # Critical: everybody who has to know within 15 minutes. Warning: 1 hour. Info: the review of the day.
      urgent: {{response: 15m, resolution: none, ladder: emergency}}
      high: {{response: 1h, resolution: none, ladder: usual}}
      medium: {{response: 24h, resolution: none}}
      low: {{response: none, resolution: none}}
goals:
  score: {{is: ">= 4.5"}}
"""

_BODIES: Mapping[str, str] = {
    "dashboard": _DASHBOARD, "shop": _SHOP, "expense-api": _EXPENSE_API, "marketing-site": _MARKETING_SITE,
    "field-service": _FIELD_SERVICE}
REFERENCES: dict[str, str] = {name: f"tickets:{indent(body, '  ')}" for name, body in _BODIES.items()}
"""The part `tickets:` of each operation's file, as YAML."""


@lru_cache
def reference_settings(name: str) -> TicketSettings:
    """The settings of one of them."""
    return decode(_BODIES[name], TicketSettings, source=f"{name}.yaml", env={})
