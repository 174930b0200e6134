"""What researchers ask of the model: one folder a study."""
