"""Card reader apps on the stall owner's phone, one small file per app, each with the document that it follows."""
