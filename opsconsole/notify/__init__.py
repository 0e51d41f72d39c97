"""Telling people: channels, contacts, who is on call, and an outbox that forgets nothing."""
