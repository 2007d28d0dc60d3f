"""Tasks that run as long as the box does. Each knows its own source of events; they meet at the board."""
