"""Small questions laid over a screen."""
