"""What the organizer types: arguments in, one sentence or one JSON object out. No rule of the product is here."""
