"""stallbox, the organizer's side: packs and signs drops, provisions boxes, collects sales."""
