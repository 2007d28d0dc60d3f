"""The faces of the box on HTTP: buyers' pages, the console, the API, the screen."""
