"""Folders that are whole repositories of the Hugging Face hub, a model's and a dataset's, and their upload."""
