"""Pure drawing that box and organizer share: values in, Pillow images out."""
