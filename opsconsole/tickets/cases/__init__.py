"""The use cases of tickets, in groups; `tickets.service` puts them together."""
