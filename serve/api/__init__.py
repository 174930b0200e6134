"""Two HTTP services: the model API scores headlines, the data API reads what was scored."""
