"""`stallbox doctor`: looks at a running box from outside and says what phones will make of it."""
