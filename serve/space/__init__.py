"""The Hugging Face Space: what runs there, and `build`, which makes the folder that is the whole Space."""
