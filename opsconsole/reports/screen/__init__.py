"""The screens of what is told of all features together."""
