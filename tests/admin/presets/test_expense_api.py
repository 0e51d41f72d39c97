from __future__ import annotations

from tests.admin.presets.facts import Fact, items, steps, wrong

TIERS: tuple[Fact, ...] = (
    # At once: the shortest promise that there can be.
    ("P0, first response at once", "tickets.policies.tiers.promises.urgent.response", "1m"),
    ("P0, resolution", "tickets.policies.tiers.promises.urgent.resolution", "4h"),
    ("P1, first response", "tickets.policies.tiers.promises.high.response", "2h"),
    ("P1, resolution", "tickets.policies.tiers.promises.high.resolution", "24h"),
    ("P2, first response", "tickets.policies.tiers.promises.medium.response", "24h"),
    ("P2, resolution 1 week", "tickets.policies.tiers.promises.medium.resolution", "7d"),
    ("P3, first response 1 week", "tickets.policies.tiers.promises.low.response", "7d"),
    ("P3, resolution", "tickets.policies.tiers.promises.low.resolution", "next release"),
    *steps("P0", "tickets.routing.0.words", "service down", "breach", "data lost", "cannot sign in"),
    ("P0", "tickets.routing.0.priority", "urgent"),
    *steps("P1", "tickets.routing.1.words", "degraded", "slow", "too many connections"),
    ("P1", "tickets.routing.1.priority", "high"),
    *steps("P0, steps", "tickets.canned.steps of P0.text", "investigate", "workaround", "root cause", "permanent fix",
           "post-mortem"),
    *steps("P1, steps", "tickets.canned.steps of P1.text", "investigate, within 2 h", "root cause", "fix", "watch",
           "write up"),
    *steps("P2, steps", "tickets.canned.steps of P2.text", "log", "rank", "next sprint", "test and deploy", "notify"),
    *steps("P3, steps", "tickets.canned.steps of P3.text", "backlog", "rank", "plan", "deploy"),
    ("P0 and P1 need a root cause", "tickets.closing.root_cause", ["urgent", "high"]),
    *items("critical", "investigate", "workaround", "root-cause", "permanent-fix", "post-mortem"),
    ("P0, within 4 h", "@critical:takes", "4h"),
)
LIFECYCLES: tuple[Fact, ...] = (
    ("bug", "tickets.categories.bug.lifecycle", "bug"),
    ("bug", "lifecycles.bug.states", ["reported", "triage", "assigned", "in progress", "testing", "waiting", "resolved",
                                      "deployed", "closed", "reopened"]),
    ("feature", "tickets.categories.feature.lifecycle", "feature"),
    ("feature", "lifecycles.feature.states", ["request", "review", "prioritise", "plan", "develop", "test", "waiting",
                                              "deploy", "declined"]),
    ("ranked", "tickets.categories.feature.wish", True),
    *((name, f"tickets.categories.feature.form.{name}.label", label) for name, label in (
        ("user_impact", "User impact"), ("business_value", "Business value"), ("complexity", "Complexity"),
        ("resources", "Resources"), ("strategic_fit", "Strategic fit"))),
    ("releases", "tickets.categories.release.form.kind.options", [
        "hotfix (as needed)", "patch (monthly)", "minor (quarterly)", "major (as needed)"]),
)
MONITORING: tuple[Fact, ...] = (
    ("GET /health", "checks.health.url", "~/health"),
    ("GET /health", "checks.health.method", "GET"),
    ("application health, 30 s", "checks.health.every", "30s"),
    ("GET /health/db", "checks.health-db.url", "~/health/db"),
    ("database connectivity, 1 min", "checks.health-db.every", "1m"),
    ("sign-in", "checks.sign-in.url", "~/api/v1/auth/login"),
    ("sign-in, 5 min", "checks.sign-in.every", "5m"),
    ("core function", "checks.expenses.url", "~/api/v1/expenses"),
    ("core function, 5 min", "checks.expenses.every", "5m"),
    ("response time, requests per second, 4xx and 5xx", "checks.requests.kind", "access-log"),
    ("query time and pool use", "checks.database.kind", "postgres"),
    ("response P95 > 500 ms", "rules.response-p95.warning", "> 500ms"),
    ("response P95", "rules.response-p95.metric", "check:requests.p95"),
    ("error rate > 0.5 %", "rules.error-rate.warning", "> 0.5%"),
    ("error rate", "rules.error-rate.metric", "check:requests.error_rate"),
    ("a database query > 1000 ms", "rules.slow-query.warning", "> 1000ms"),
    ("a database query", "rules.slow-query.metric", "check:database.slowest"),
    ("CPU > 80 %", "health.cpu.warning", "80%"),
    ("memory > 90 %", "health.memory.warning", "90%"),
    ("errors are sorted", "checks.errors.kind", "log"),
    ("errors are sorted", "tickets.categories.bug.form.error.options", [
        "authentication", "validation", "database", "external service", "unknown"]),
)
CHECKLISTS: tuple[Fact, ...] = (
    ("daily, by the machine", "@daily:when.every", "day"),
    *items("daily", "health", "error-log", "p95", "backup"),
    *items("daily-by-hand", "error-alerts", "degradation", "database", "feedback"),
    ("weekly", "@weekly:when.every", "week"),
    *items("weekly", "error-trend", "performance", "database", "security-logs", "dependency-updates", "feedback",
           "uptime", "error-rate", "report-p95", "user-activity"),
    ("monthly", "@monthly:when.every", "month"),
    *items("monthly", "security-audit", "dependency-updates", "database", "performance", "restore-test",
           "recovery-drill", "tickets", "features", "trends", "costs", "roadmap"),
    ("security, daily", "@security-daily:when.every", "day"),
    *items("security-daily", "sign-in-logs", "suspicious", "failed-sign-ins", "access-patterns"),
    ("security, weekly", "@security-weekly:when.every", "week"),
    *items("security-weekly", "log-analysis", "vulnerability-scan", "user-access", "anomalies"),
    ("security, monthly", "@security-monthly:when.every", "month"),
    *items("security-monthly", "audit", "penetration-test", "access-review", "policy"),
    ("penetration test, optional", "@security-monthly.penetration-test.required", "false"),
    *items("before-deployment", "reviewed", "tests", "staging", "rollback-plan", "window-booked"),
    *items("deployment", "back-up", "migrate", "deploy", "health", "errors"),
    *items("after-deployment", "smoke-tests", "error-rate", "performance", "function", "changes"),
    ("roll back: error rate > 5 %", "rules.roll-back.critical", "> 5%"),
    ("roll back: error rate > 5 %", "@deployment.error-rate.expect", ["<= 5%"]),
    *steps("roll back", "@rollback.trigger.options", "error rate > 5 %", "critical function broken",
           "performance down > 50 %", "security issue"),
    *items("rollback", "identify", "stop", "previous-version", "database-restored", "health", "write-up"),
    *items("security-incident", "identify", "contain", "assess", "remediate", "document", "notify", "prevent"),
)
RECOVERY: tuple[Fact, ...] = (
    ("daily backup: recovery point < 24 h", "checks.backup.critical_unless", "~age < 24h"),
    ("kept 30 days, one a day", "rules.backups-kept.info", "count < 30"),
    ("recovery time < 4 h", "@restore.recovery-time.max", "4"),
    ("recovery point < 24 h", "@restore.data-lost.max", "24"),
    ("both", "checks.backup.help", "~point objective < 24 h, recovery time objective < 4 h"),
    *items("restore", "point", "restore", "integrity", "test", "resume"),
    *items("disaster-recovery", "assess", "activate", "restore", "health", "resume", "post-mortem"),
    ("disaster: recovery time", "@disaster-recovery.recovery-time.max", "4"),
)
TARGETS: tuple[Fact, ...] = (
    ("uptime > 99.5 %", "checks.health.slo", "99.5%"),
    ("uptime, each week", "@weekly.uptime.min", "99.5"),
    ("mean time to resolution", "@monthly.resolution-time.kind", "number"),
    ("error rate < 0.1 %", "rules.target-error-rate.info", "> 0.1%"),
    ("error rate, each week", "@weekly.error-trend.expect", ["< 0.1%"]),
    ("P95 < 200 ms", "rules.target-p95.info", "> 200ms"),
    ("P95, each week", "@weekly.performance.expect", ["< 200ms"]),
    ("tickets, categories", "@monthly.categories.kind", "table"),
    ("feedback", "tickets.categories.feedback.label", "feedback"),
)


def test_every_fact_of_the_expense_api_is_in_its_preset() -> None:
    assert wrong("expense-api", (*TIERS, *LIFECYCLES, *MONITORING, *CHECKLISTS, *RECOVERY, *TARGETS)) == []
