"""The pages of the app: one module each, whose `build` lays it out and ties it to what it asks."""
