"""From a captured page to gold: what the page says of itself, a first gold from votes, its files, the trip to an editor."""
