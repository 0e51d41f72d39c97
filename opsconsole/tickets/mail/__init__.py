"""Mail of tickets: what comes in by a pipe from the mail server, and what leaves by SMTP."""
