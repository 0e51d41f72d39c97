"""The ticket queue: problems and wishes that somebody has to answer."""
