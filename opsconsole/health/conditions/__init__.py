"""The language in which settings say what must be: `latency < 3s`, `status in [200, 429]`, `body.status == "ok"`.

A condition compares one value with what is written: `name op literal`.

- `name` is a value of a check. `body` is the text that a service answered, `body.items[0].id` a part of it read as
  JSON; a part that is not there is null. Without a name, `> 80%`, it is the value named `value`. A name with unusual
  characters stands in quotes.
- `op` is one of `== != < <= > >=`, `in`, `not in`, `contains`, `matches` (a regular expression, found anywhere).
- The literal is a number with its unit (`3s`, `21d`, `1h30m`, `10MB`, `1GiB`, `80%`, `5/min`, `10MB/s`, `1.5`), text in
  quotes, `true`, `false`, `null`, or a list of them in brackets.

A value that is not known makes the condition neither true nor false. Nothing is ever evaluated as code, and the time
that a condition takes is bounded whatever the text and the pattern are.
"""

from opsconsole.health.conditions.condition import Body, Condition, Tested, Value
from opsconsole.health.conditions.parsing import ConditionError, mistake, parse

__all__ = ["Body", "Condition", "ConditionError", "Tested", "Value", "mistake", "parse"]
