"""Someone new follows the documents as they are printed."""
