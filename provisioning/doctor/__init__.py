"""`stallbox doctor`: looks at a box and its machine from outside, and says what to do before phones and buyers come."""
